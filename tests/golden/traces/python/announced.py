"""A logger announces exceptions: chained in both ways, and one of several."""

import logging

logging.basicConfig(format="10:00:00,000 %(levelname)s %(name)s %(message)s")
log = logging.getLogger("shop.orders")
log.setLevel(logging.INFO)


SHELF: dict[str, int] = {}


def reserve() -> None:
    try:
        SHELF["article"]
    except KeyError:
        [][1]


def order() -> None:
    try:
        reserve()
    except IndexError as error:
        raise RuntimeError("cannot reserve") from error


log.info("starting")
try:
    order()
except RuntimeError:
    log.exception("order A-17 failed")
log.info("next order")
try:
    raise ExceptionGroup("two articles", [ValueError("4711"), ExceptionGroup("b", [KeyError(1)])])
except ExceptionGroup:
    log.exception("order A-18 failed")
log.info("stopping")
