// A service as winston's README sets one up: with a time, and with errors' stacks.
const winston = require('winston')

const logger = winston.createLogger({
  level: 'silly',
  format: winston.format.combine(
    winston.format.timestamp(),
    winston.format.errors({ stack: true }),
    winston.format.json(),
  ),
  defaultMeta: { service: 'shop' },
  transports: [new winston.transports.Console()],
})
logger.info('shop started')

for (const level of Object.keys(winston.config.npm.levels)) {
  logger.log(level, `level ${level}`)
}

const order = logger.child({
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  transactionId: 'A-17',
})
order.info('order placed')

const failure = new Error('card refused', { cause: new Error('bank unreachable') })
order.error('payment failed', failure)
logger.error(failure)

logger.warn('slow answer', {
  http: { request: { method: 'POST' }, response: { status_code: 503 } },
  elapsed_ms: 1250.5,
  tags: ['a', 'b'],
})

logger.info('odd "quotes" \\ back\nsecond line\tტ 🧶', {
  nothing: null,
  yes: true,
  empty: '',
  big: 12345678901234567890n,
  nan: NaN,
  a: 1,
  'a.b': 2,
})
