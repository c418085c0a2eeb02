import logging

logging.basicConfig(level=logging.DEBUG)
log = logging.getLogger("shop.orders")


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


log.info("shop started")
for level in (10, 20, 30, 40, 50):
    log.log(level, "level %s", logging.getLevelName(level))
log.info(
    "order placed trace_id=%s span_id=%s transaction_id=%s",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    "A-17",
)
try:
    pay()
except RuntimeError:
    log.exception("payment failed")
log.warning(
    "slow answer %s",
    {"http": {"request": {"method": "POST"}, "response": {"status_code": 503}}, "tags": ["a", "b"]},
)
log.info('odd "quotes" \\ back\nsecond line\tტ 🧶')
