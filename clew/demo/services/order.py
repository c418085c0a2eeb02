"""
Takes an order through the shop: reserve in stock, charge, dispatch.

What was reserved is taken back when a later step fails; that the customer may have been charged
by then is left to people, as in many a real shop.
"""

from __future__ import annotations

from aiohttp import web

from clew.demo.calls import StepFailedError
from clew.demo.messages import Purchase, decode_body
from clew.demo.service import Service
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND
from clew_logging import get_transaction

_STOCK_TIMEOUT_SECONDS = 2.0
_SLOW_SECONDS = 1.0
_CENTS = 1_250  # every article costs the same


def routes(service: Service) -> list[web.RouteDef]:
    return [web.post("/orders", Orders(service).take_order)]


class Orders:
    def __init__(self, service: Service, clock: Clock = SYSTEM_CLOCK) -> None:
        self._service, self._log, self._clock = service, service.log, clock

    async def take_order(self, request: web.Request) -> web.Response:
        purchase = await decode_body(request, Purchase)
        number = get_transaction() or "without a number"
        pieces = sum(purchase.items.values())
        self._log.info(
            "order %s: %d pieces of %d articles",
            number,
            pieces,
            len(purchase.items),
            extra={"order_id": number, "customer": purchase.customer},
        )
        await self._service.work(0.002, 0.010)
        await self._reserve(purchase)
        try:
            await self._charge(purchase, pieces * _CENTS)
            tracking = await self._dispatch(purchase, pieces)
        except StepFailedError:
            await self._take_back(purchase)
            raise
        self._log.info("order %s confirmed", number, extra={"order_id": number})
        return web.json_response({"tracking": tracking})

    async def _reserve(self, purchase: Purchase) -> None:
        started = self._clock.monotonic()
        body = {"items": purchase.items}
        await self._service.call("stock", "POST", "/reservations", body, _STOCK_TIMEOUT_SECONDS)
        seconds = self._clock.monotonic() - started
        if seconds > _SLOW_SECONDS:
            self._log.warning(
                "stock took %.1f s to reserve",
                seconds,
                extra={"destination.service": "stock", "event.duration": int(seconds * SECOND)},
            )

    async def _charge(self, purchase: Purchase, cents: int) -> None:
        body = {"customer": purchase.customer, "card": purchase.card, "cents": cents}
        answer = await self._service.call("payment", "POST", "/charges", body)
        self._log.info("paid, authorisation %s", answer["authorisation"])

    async def _dispatch(self, purchase: Purchase, pieces: int) -> str:
        body = {"customer": purchase.customer, "pieces": pieces}
        answer = await self._service.call("shipping", "POST", "/parcels", body)
        return str(answer["tracking"])

    async def _take_back(self, purchase: Purchase) -> None:
        self._log.warning("order failed, its reservation is taken back")
        try:
            await self._service.call("stock", "DELETE", "/reservations", {"items": purchase.items})
        except StepFailedError:
            self._log.warning("the reservation stays until it expires")
