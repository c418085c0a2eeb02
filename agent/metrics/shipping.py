"""
The oldest scrapes of the spool to the collector, in their order, until they are stored.

Keeps true: a scrape leaves the spool only when it is stored, or when nobody will ever take it; then
it is counted with a reason. One that is refused holds up no other.
"""

from __future__ import annotations

import asyncio

from agent import events
from agent.delivery import Delivery
from agent.metrics.queue import ScrapeQueue, Waiting
from clew.runtime.backoff import Backoff
from clew.runtime.errors import PermanentError, TransientError
from clew.runtime.tasks import unless, wait
from clew.wire.samples import SampleAnswer, SampleBatch, encode_samples

BATCH_BYTES = 1024 * 1024
"""Of packed scrapes: about a hundred of a node's, or one with 100,000 series."""
MOST_SCRAPES = 500
LINGER_SECONDS = 2.0
"""How long a scrape waits for others to share its request: a node's targets do not come at once."""


class Shipping:
    def __init__(
        self,
        queue: ScrapeQueue,
        delivery: Delivery,
        agent: str,
        deadline_seconds: float,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self._queue, self._delivery, self._agent = queue, delivery, agent
        self._deadline_seconds, self._linger = deadline_seconds, linger_seconds
        self._backoff = Backoff()
        self._most = MOST_SCRAPES

    async def run(self, stop: asyncio.Event) -> None:
        """What a run before this one left goes first, and at once."""
        while not stop.is_set():
            self._queue.filled.clear()
            waiting = await self._queue.oldest(BATCH_BYTES)
            if waiting:
                await self._ship(waiting[: self._most], stop)
            elif await unless(stop, self._queue.filled.wait()):
                await wait(stop, self._linger)

    async def _ship(self, waiting: list[Waiting], stop: asyncio.Event) -> None:
        """Send some scrapes once. What is not acknowledged is the oldest again."""
        body = encode_samples(
            SampleBatch(self._agent, self._deadline_seconds, [each.scrape for each in waiting])
        )
        try:
            answer = await unless(stop, self._delivery.send_samples(body, len(waiting)))
        except TransientError as error:
            await self._rest(error, stop)
        except PermanentError as error:
            await self._isolate(waiting, error)
        else:
            if answer is not None:
                await self._settle(waiting, answer, stop)

    async def _settle(
        self, waiting: list[Waiting], answer: SampleAnswer, stop: asyncio.Event
    ) -> None:
        events.samples.scrapes_answered(answer)
        if answer.acknowledged:
            await self._queue.acknowledge(waiting[answer.acknowledged - 1].place)
        if answer.acknowledged < len(waiting):
            await self._rest(TransientError(answer.error or "it gave no reason"), stop)
            return
        self._most = min(MOST_SCRAPES, self._most * 2)
        self._backoff.reset()
        events.samples.samples_taken()

    async def _isolate(self, waiting: list[Waiting], error: PermanentError) -> None:
        """Too large together, or one of them is refused: half of them is tried next."""
        if len(waiting) > 1:
            self._most = len(waiting) // 2
            return
        events.samples.scrape_refused(error)
        await self._queue.acknowledge(waiting[0].place)

    async def _rest(self, error: TransientError, stop: asyncio.Event) -> None:
        events.samples.samples_held(error)
        await wait(stop, self._backoff.next(error.retry_after))
