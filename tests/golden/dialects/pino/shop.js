// A service with pino's defaults, and IDs as @opentelemetry/instrumentation-pino mixes them in.
const pino = require('pino')

const logger = pino({ name: 'shop', level: 'trace' })
logger.info('shop started')

for (const level of Object.keys(pino.levels.values)) {
  logger[level](`level ${level}`)
}

const order = logger.child({
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  trace_flags: '01',
  transaction_id: 'A-17',
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
