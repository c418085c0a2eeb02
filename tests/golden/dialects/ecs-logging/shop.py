import logging
import sys

import ecs_logging

handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(ecs_logging.StdlibFormatter())
logging.basicConfig(level=logging.DEBUG, handlers=[handler])
log = logging.getLogger("shop.orders")

ids = {
    "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "span.id": "00f067aa0ba902b7",
    "transaction.id": "A-17",
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
        "a.b": "dotted",
    },
)
