import logging

from opentelemetry import trace
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

resource = Resource.create({"service.name": "shop", "service.version": "1.2.0"})
provider = LoggerProvider(resource=resource)
provider.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter()))
logging.getLogger().addHandler(LoggingHandler(logger_provider=provider))
logging.getLogger().setLevel(logging.DEBUG)
log = logging.getLogger("shop.orders")

# What a server's instrumentation makes of an incoming traceparent.
request = trace.NonRecordingSpan(
    trace.SpanContext(
        0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, True, trace.TraceFlags(1)
    )
)


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


log.info("shop started")
for level in (10, 20, 30, 40, 50):
    log.log(level, "level %s", logging.getLevelName(level))
with trace.use_span(request):
    log.info("order placed", extra={"transaction_id": "A-17"})
    try:
        pay()
    except RuntimeError:
        log.exception("payment failed", extra={"transaction_id": "A-17"})
log.warning(
    "slow answer",
    extra={
        "http": {"request": {"method": "POST"}, "response": {"status_code": 503}},
        "elapsed_ms": 1250.5,
        "tags": ["a", "b"],
    },
)
log.info(
    'odd "quotes" \\ back\nsecond line\tტ 🧶',
    extra={
        "nothing": None,
        "yes": True,
        "empty": "",
        "big": 12345678901234567890,
        "nan": float("nan"),
        "a": "plain",
        "a.b": "dotted",
    },
)
