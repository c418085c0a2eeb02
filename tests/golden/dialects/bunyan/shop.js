// A service with bunyan's standard serializers, and its convention of components and req_id.
const bunyan = require('bunyan')

const logger = bunyan.createLogger({
  name: 'shop',
  level: 'trace',
  serializers: bunyan.stdSerializers,
})
const orders = logger.child({ component: 'shop.orders' })
orders.info('shop started')

for (const level of Object.keys(bunyan.levelFromName)) {
  logger[level](`level ${level}`)
}

const order = orders.child({
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  req_id: 'A-17',
})
order.info('order placed')

const cause = new Error('bank unreachable')
order.error({ err: new Error('card refused', { cause }) }, 'payment failed')

logger.warn({
  http: { request: { method: 'POST' }, response: { status_code: 503 } },
  elapsed_ms: 1250.5,
  tags: ['a', 'b'],
}, 'slow answer')

logger.info({
  nothing: null,
  yes: true,
  empty: '',
  big: 12345678901234567890,
  nan: NaN,
  a: 1,
  'a.b': 2,
}, 'odd "quotes" \\ back\nsecond line\tტ 🧶')
