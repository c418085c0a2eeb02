// A service that logs with pino in the format of Elastic.
const { ecsFormat } = require('@elastic/ecs-pino-format')
const pino = require('pino')

const logger = pino({
  level: 'trace',
  ...ecsFormat({ serviceName: 'shop', serviceVersion: '1.4.0', serviceEnvironment: 'production' }),
})
logger.child({ 'log.logger': 'shop.orders' }).info('shop started')

for (const level of Object.keys(pino.levels.values)) {
  logger[level](`level ${level}`)
}

const order = logger.child({
  'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736',
  'span.id': '00f067aa0ba902b7',
  'transaction.id': 'A-17',
})
order.info('order placed')

const cause = new Error('bank unreachable')
order.error(new Error('card refused', { cause }), 'payment failed')

logger.warn({
  http: { request: { method: 'POST' }, response: { status_code: 503 } },
  elapsed_ms: 1250.5,
  tags: ['a', 'b'],
}, 'slow answer')

logger.info({
  nothing: null,
  yes: true,
  empty: '',
  big: 12345678901234567890n,
  nan: NaN,
  a: 1,
  'a.b': 2,
}, 'odd "quotes" \\ back\nsecond line\tტ 🧶')
