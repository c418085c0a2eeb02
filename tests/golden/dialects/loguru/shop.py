import sys

from loguru import logger

logger.remove()
logger.add(sys.stdout, level="TRACE", serialize=True)


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


logger.info("shop started")
for level in ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"):
    logger.log(level, "level {}", level)
order = logger.bind(
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    span_id="00f067aa0ba902b7",
    transaction_id="A-17",
)
order.info("order placed")
try:
    pay()
except RuntimeError:
    order.exception("payment failed")
logger.bind(
    http={"request": {"method": "POST"}, "response": {"status_code": 503}},
    elapsed_ms=1250.5,
    tags=["a", "b"],
).warning("slow answer")
logger.bind(
    nothing=None,
    yes=True,
    empty="",
    big=12345678901234567890,
    nan=float("nan"),
    a="plain",
    **{"a.b": "dotted"},
).info('odd "quotes" \\ back\nsecond line\tტ 🧶')
