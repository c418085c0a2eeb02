import logging

from google.cloud.logging_v2.handlers import StructuredLogHandler

handler = StructuredLogHandler(project_id="shop-prod")
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.DEBUG)
log = logging.getLogger("shop.orders")

# The handler takes trace and span from OpenTelemetry's context, or from keys of these names.
ids = {
    "trace": "projects/shop-prod/traces/4bf92f3577b34da6a3ce929d0e0e4736",
    "span_id": "00f067aa0ba902b7",
    "json_fields": {"transaction_id": "A-17"},
}


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


log.info("shop started")
for level in (10, 20, 30, 40, 50):
    log.log(level, "level %s", logging.getLevelName(level))
log.info("order placed", extra=ids)
try:
    pay()
except RuntimeError:
    log.exception("payment failed", extra=ids)
log.warning(
    "slow answer",
    extra={
        "json_fields": {
            "http": {"request": {"method": "POST"}, "response": {"status_code": 503}},
            "elapsed_ms": 1250.5,
            "tags": ["a", "b"],
        }
    },
)
log.info(
    'odd "quotes" \\ back\nsecond line\tტ 🧶',
    extra={
        "json_fields": {
            "nothing": None,
            "yes": True,
            "empty": "",
            "big": 12345678901234567890,
            "nan": float("nan"),
            "a": "plain",
            "a.b": "dotted",
        }
    },
)
