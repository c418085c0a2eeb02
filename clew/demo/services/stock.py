"""
Keeps articles on shelves. Its trouble: it becomes slow, at times slower than order will wait.

It goes on with a reservation that nobody waits for any more, and logs that it was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from clew.demo.messages import Reservation, decode_body
from clew.demo.service import Service, Trouble
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND

_FULL, _LOW = 500, 100
_SHELVES = 1_200
_INVENTORY_EVERY = 20


def routes(service: Service) -> list[web.RouteDef]:
    stock = Stock(service)
    return [
        web.post("/reservations", stock.reserve),
        web.delete("/reservations", stock.take_back),
    ]


class Stock:
    def __init__(self, service: Service, clock: Clock = SYSTEM_CLOCK) -> None:
        self._service, self._log, self._clock = service, service.log, clock
        self._taken: Counter[str] = Counter()
        self._reservations = 0

    async def reserve(self, request: web.Request) -> web.Response:
        started = self._clock.monotonic()
        items = (await decode_body(request, Reservation)).items
        self._log.info("reserving %s", _named(items))
        match self._service.trouble():
            case Trouble.FORCED:
                await self._service.work(2.5, 2.5)
            case Trouble.TIMETABLE:
                await self._service.work(1.5, 2.8)
            case None:
                await self._service.work(0.005, 0.030)
        self._taken.update(items)
        self._refill()
        duration = int((self._clock.monotonic() - started) * SECOND)
        self._log.info("reserved", extra={"event.duration": duration})
        self._reservations += 1
        if self._reservations % _INVENTORY_EVERY == 0:
            self._log_inventory()
        return web.json_response({"reserved": sum(items.values())})

    async def take_back(self, request: web.Request) -> web.Response:
        items = (await decode_body(request, Reservation)).items
        self._taken.subtract(items)
        self._log.info("taken back: %s", _named(items))
        return web.json_response({"reserved": 0})

    def _refill(self) -> None:
        for article, count in self._taken.items():
            if _FULL - count < _LOW:
                self._taken[article] = 0
                self._log.info("shelf of %s filled up", article)

    def _log_inventory(self) -> None:
        """One line of more than 16 KiB, as somebody's debugging leaves it in production."""
        shelves = (f"shelf-{n:04d}={_FULL - n * 7 % _LOW}" for n in range(_SHELVES))
        self._log.info("inventory: %s", " ".join(shelves))


def _named(items: Mapping[str, int]) -> str:
    return ", ".join(f"{count} x {article}" for article, count in items.items())
