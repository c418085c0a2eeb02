// A service that logs with winston in the format of Elastic.
const { ecsFields, ecsStringify } = require('@elastic/ecs-winston-format')
const winston = require('winston')

const logger = winston.createLogger({
  level: 'silly',
  format: winston.format.combine(
    ecsFields({ serviceName: 'shop', serviceVersion: '1.4.0', serviceEnvironment: 'production' }),
    ecsStringify(),
  ),
  transports: [new winston.transports.Console()],
})
logger.child({ 'log.logger': 'shop.orders' }).info('shop started')

for (const level of Object.keys(winston.config.npm.levels)) {
  logger.log(level, `level ${level}`)
}

const order = logger.child({
  'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736',
  'span.id': '00f067aa0ba902b7',
  'transaction.id': 'A-17',
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
