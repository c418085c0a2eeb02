"""
Customers who place orders, at a steady rate.

The same seed gives the same customers and baskets in the same order. One order in twelve is paid
with a card that is always declined, the fourth of a run first: a failed transaction is there within
seconds. Orders arrive whether or not earlier ones are answered, as they do in life.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import aiohttp

from clew.demo.config import ShopConfig
from clew.demo.events import ShopEvents
from clew.demo.messages import DECLINED_ENDING, FAULT_HEADER, Purchase
from clew.demo.orders import Journal, Order
from clew.demo.registry import REGISTRY_FILE, read_registry
from clew.runtime import tasks
from clew.runtime.clock import SYSTEM_CLOCK, Clock

DECLINED_EVERY, DECLINED_AT = 12, 3

_GOOD_CARD, _BAD_CARD = "4242424242424242", f"400000000000{DECLINED_ENDING}"
_ARTICLES = ("lamp", "kettle", "chair", "teapot", "blanket", "mirror", "clock", "basket")
_PATIENCE_SECONDS = 30.0


def purchases(seed: int) -> Iterator[Purchase]:
    """What is bought, one order after the other, for ever."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
    position = 0
    while True:
        articles = chance.sample(_ARTICLES, chance.randint(1, 3))
        declined = position % DECLINED_EVERY == DECLINED_AT
        yield Purchase(
            customer=f"C-{chance.randint(1001, 1024)}",
            card=_BAD_CARD if declined else _GOOD_CARD,
            items={article: chance.randint(1, 3) for article in articles},
        )
        position += 1


class Load:
    def __init__(self, config: ShopConfig, events: ShopEvents, clock: Clock = SYSTEM_CLOCK) -> None:
        self._config, self._events, self._clock = config, events, clock
        self._journal = Journal(config.state)
        self._registry = config.state / REGISTRY_FILE

    async def run(self, stop: asyncio.Event) -> None:
        """
        Place all orders and wait for all answers; place no more from `stop` on.

        On cancellation orders stay unanswered, and out of the journal.
        """
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as placed:
            for position, purchase in enumerate(purchases(self._config.seed)):
                if position == self._config.orders:
                    break
                placed.create_task(
                    self._place(session, purchase, self._config.forced.get(position))
                )
                if await tasks.wait(stop, 1 / self._config.rate):
                    break

    async def _place(
        self, session: aiohttp.ClientSession, purchase: Purchase, forced: str | None
    ) -> None:
        started = self._clock.monotonic()
        status, answer = await self._ask(session, purchase, forced)
        order = Order(
            transaction=answer.get("order"),
            trace=answer.get("trace"),
            customer=purchase.customer,
            outcome=_outcome(status),
            status=status,
            failed_service=answer.get("failed_service"),
            reason=answer.get("error"),
            forced=forced,
            seconds=round(self._clock.monotonic() - started, 3),
        )
        self._journal.append(order)
        self._events.order_answered(order)

    async def _ask(
        self, session: aiohttp.ClientSession, purchase: Purchase, forced: str | None
    ) -> tuple[int | None, dict[str, Any]]:
        gateway = read_registry(self._registry).addresses["gateway"]
        body = {"customer": purchase.customer, "card": purchase.card, "items": purchase.items}
        try:
            async with session.post(
                f"{gateway}/orders",
                json=body,
                headers={FAULT_HEADER: forced} if forced else {},
                timeout=aiohttp.ClientTimeout(total=_PATIENCE_SECONDS),
            ) as response:
                return response.status, await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            return None, {"failed_service": "gateway", "error": str(error) or "no answer"}


def _outcome(status: int | None) -> Any:
    if status is None:
        return "unanswered"
    return "confirmed" if status < 400 else "failed"
