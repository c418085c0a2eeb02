import logging

from opentelemetry import trace
from opentelemetry.instrumentation.logging import LoggingInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider(resource=Resource({"service.name": "shop"})))
LoggingInstrumentor().instrument(set_logging_format=True, log_level=logging.DEBUG)
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
    log.info("order placed transaction_id=%s", "A-17")
    try:
        pay()
    except RuntimeError:
        log.exception("payment failed")
log.warning(
    "slow answer %s",
    {"http": {"request": {"method": "POST"}, "response": {"status_code": 503}}, "tags": ["a", "b"]},
)
log.info('odd "quotes" \\ back\nsecond line\tტ 🧶')
