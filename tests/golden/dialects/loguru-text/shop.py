import sys

from loguru import logger

logger.remove()
logger.add(sys.stdout, level="TRACE")


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


logger.info("shop started")
for level in ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"):
    logger.log(level, "level {}", level)
logger.info(
    "order placed trace_id={} span_id={} transaction_id={}",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    "A-17",
)
try:
    pay()
except RuntimeError:
    logger.exception("payment failed")
logger.warning(
    "slow answer {}",
    {"http": {"request": {"method": "POST"}, "response": {"status_code": 503}}, "tags": ["a", "b"]},
)
logger.info('odd "quotes" \\ back\nsecond line\tტ 🧶')
