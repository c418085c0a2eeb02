// A service that prints what OpenTelemetry's SDK logs, as its protocol's JSON: a line a batch.
const { ROOT_CONTEXT, TraceFlags, trace } = require('@opentelemetry/api')
const { SeverityNumber } = require('@opentelemetry/api-logs')
const { JsonLogsSerializer } = require('@opentelemetry/otlp-transformer')
const { resourceFromAttributes } = require('@opentelemetry/resources')
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs')

const lines = {
  export(records, done) {
    const line = JsonLogsSerializer.serializeRequest(records)
    process.stdout.write(Buffer.concat([line, Buffer.from('\n')]))
    done({ code: 0 })
  },
  async forceFlush() {},
  async shutdown() {},
}

const provider = new LoggerProvider({
  resource: resourceFromAttributes({
    'service.name': 'shop',
    'service.version': '1.4.0',
    'deployment.environment.name': 'production',
  }),
  processors: [new BatchLogRecordProcessor({ exporter: lines })],
})
const logger = provider.getLogger('shop.orders', '0.1')

async function main() {
  logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'INFO', body: 'shop started' })
  await provider.forceFlush()

  for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']) {
    logger.emit({ severityNumber: SeverityNumber[level], body: `level ${level}` })
  }

  const context = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    traceFlags: TraceFlags.SAMPLED,
  })
  const order = { context, attributes: { 'transaction.id': 'A-17' } }
  logger.emit({ ...order, severityNumber: SeverityNumber.INFO, severityText: 'INFO', body: 'order placed' })

  const exception = new Error('card refused', { cause: new Error('bank unreachable') })
  logger.emit({
    ...order,
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    body: 'payment failed',
    attributes: {
      ...order.attributes,
      'exception.type': exception.name,
      'exception.message': exception.message,
      'exception.stacktrace': exception.stack,
    },
  })

  logger.emit({
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    body: 'slow answer',
    attributes: {
      http: { request: { method: 'POST' }, response: { status_code: 503 } },
      elapsed_ms: 1250.5,
      tags: ['a', 'b'],
    },
  })

  logger.emit({
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    body: 'odd "quotes" \\ back\nsecond line\tტ 🧶',
    attributes: { nothing: null, yes: true, empty: '', big: 12345678901234567890, nan: NaN, a: 1, 'a.b': 2 },
  })
  await provider.shutdown()
}

main()
