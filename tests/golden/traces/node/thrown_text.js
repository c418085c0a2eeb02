// What is thrown need not be an error.
console.error('connecting');
setTimeout(() => { throw 'no more beans'; }, 1);
