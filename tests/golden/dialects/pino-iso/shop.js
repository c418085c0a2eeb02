// A service with times and levels as text, and OpenTelemetry's IDs from a mixin.
const pino = require('pino')

// What @opentelemetry/api's trace.getActiveSpan()?.spanContext() gives while an order is placed.
let active

const logger = pino({
  level: 'trace',
  base: { service: 'shop' },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: () => active ? { trace_id: active.traceId, span_id: active.spanId } : {},
})
logger.info('shop started')

for (const level of Object.keys(pino.levels.values)) {
  logger[level](`level ${level}`)
}

active = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const order = logger.child({ reqId: 'A-17' })
order.info('order placed')

const cause = new Error('bank unreachable')
order.error(new Error('card refused', { cause }), 'payment failed')
active = undefined

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
