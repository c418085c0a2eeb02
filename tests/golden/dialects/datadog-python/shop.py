import logging

from pythonjsonlogger.json import JsonFormatter

handler = logging.StreamHandler()
handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
logging.basicConfig(level=logging.DEBUG, handlers=[handler])
log = logging.getLogger("shop.orders")


class Tracer(logging.Filter):
    """
    What ddtrace puts into each record; trace (its right half) and span are decimals, 0 outside of
    a span.
    """

    ids = ("0", "0")

    def filter(self, record):
        trace, span = self.ids
        more = {"trace_id": trace, "span_id": span, "service": "shop", "version": "1.2.0"}
        vars(record).update({f"dd.{name}": value for name, value in more.items()})
        vars(record)["dd.env"] = "prod"
        return True


tracer = Tracer()
handler.addFilter(tracer)


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


log.info("shop started")
for level in (10, 20, 30, 40, 50):
    log.log(level, "level %s", logging.getLevelName(level))
tracer.ids = ("11803532876627986230", "67667974448284343")
log.info("order placed", extra={"transaction_id": "A-17"})
try:
    pay()
except RuntimeError:
    log.exception("payment failed", extra={"transaction_id": "A-17"})
tracer.ids = Tracer.ids
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
