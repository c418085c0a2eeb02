// Nobody catches an error.
class OutOfBeans extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'OutOfBeansError';
  }
}

console.error('connecting');
throw new OutOfBeans('no more beans', { cause: new Error('nor rice') });
