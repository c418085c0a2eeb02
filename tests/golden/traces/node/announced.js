// console.error shows errors: with a cause, with properties, and several in one.
function query() {
  throw new TypeError('no such column');
}

function reserve() {
  try {
    query();
  } catch (error) {
    throw Object.assign(new Error('cannot reserve', { cause: error }), { code: 'E_RESERVE' });
  }
}

console.error('10:00:00.000 INFO starting');
try {
  reserve();
} catch (error) {
  console.error('10:00:00.001 ERROR order A-17 failed', error);
  console.error('10:00:00.002 INFO next order');
  console.error(error.cause);
}
Promise.any([Promise.reject(new Error('first')), Promise.reject(new RangeError('second'))])
  .catch((error) => {
    console.error(error);
    console.error('10:00:00.003 ERROR order A-18 failed\n' + new Error('two\nlines').stack);
    console.error('10:00:00.004 INFO stopping');
  });
