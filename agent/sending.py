"""
Keep batches on their way: as many at once as the collectors take well.

    sweeper --take--> batch --send--> answer --settle--> sweeper
                        ^                |
                        '-- again, for ever, as it is: only a store's word moves a position

Keeps true: all that touches files runs in the one thread of the sweeper; a batch that is not
answered when the agent is asked to stop stays in the outbox. Back-pressure is the absence of an
answer: while all places are taken nothing is read, and bytes wait in their files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

from agent import events
from agent.delivery import Delivery
from agent.outbox.outbox import Outgoing
from agent.sweep import Sweeper
from clew.runtime.admin import Health
from clew.runtime.backoff import Backoff
from clew.runtime.errors import ClewError, CorruptionError, PermanentError, TransientError
from clew.runtime.tasks import unless, wait
from clew.wire.batch import Answer

P = ParamSpec("P")
T = TypeVar("T")


class InThread(Protocol):
    """Runs a function in the sweeper's thread."""

    def __call__(
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...


class Sending:
    """The batches of one sweeper, to whom delivery chooses; `in_thread` is the sweeper's."""

    def __init__(
        self,
        sweeper: Sweeper,
        delivery: Delivery,
        health: Health,
        stop: asyncio.Event,
        in_thread: InThread,
    ) -> None:
        self._sweeper, self._delivery, self._health = sweeper, delivery, health
        self._stop, self._in_thread = stop, in_thread
        self._store = ""
        self._place_freed = asyncio.Event()
        self._on_the_way = 0

    async def meet_store(self) -> bool:
        """
        Wait for a collector, and learn from it which store the checkpoint has to be about.

        False when asked to stop before that.
        """
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                store = await unless(self._stop, self._delivery.get_store(self._sweeper.store))
            except TransientError as error:
                events.delivery.store_not_told(error)
                await self._rest(error, backoff)
                continue
            if store is None:
                return False
            events.delivery.store_told()
            self._store = store
            await self._in_thread(self._sweeper.meet, store)
            self._health.good("collector")
            return True
        return False

    async def run(
        self, take: Callable[[], Awaitable[Outgoing | None]], rest: Callable[[], Awaitable[bool]]
    ) -> None:
        """
        Send what `take` gives until asked to stop.

        `rest` is waited for when there is nothing to send, and says whether to go on.
        """
        async with asyncio.TaskGroup() as group:
            while not self._stop.is_set():
                if self._on_the_way >= self._delivery.window.in_flight_limit:
                    await self._wait_for_place()
                elif (outgoing := await take()) is not None:
                    self._on_the_way += 1
                    group.create_task(self._deliver_one(outgoing))
                elif not await rest():
                    return

    @property
    def batch_bytes(self) -> int:
        return self._delivery.window.batch_bytes

    async def _wait_for_place(self) -> None:
        self._place_freed.clear()
        await unless(self._stop, self._place_freed.wait())

    async def _deliver_one(self, outgoing: Outgoing) -> None:
        try:
            await self._deliver(outgoing, Backoff())
        finally:
            self._on_the_way -= 1
            self._place_freed.set()

    async def _deliver(self, outgoing: Outgoing, backoff: Backoff) -> None:
        """Send a batch until it is answered, or until asked to stop."""
        while not self._stop.is_set():
            try:
                answer = await self._send(outgoing)
            except TransientError as error:
                events.delivery.batch_failed(error)
                await self._rest(error, backoff)
                continue
            except PermanentError as error:
                await self._isolate(outgoing, error, backoff)
                return
            except CorruptionError:
                await self._in_thread(self._sweeper.read_again, outgoing)
                return
            if answer is None:
                break
            self._check_store(answer)
            events.delivery.batch_answered()
            self._health.good("collector")
            await self._in_thread(self._sweeper.settle, outgoing, answer)
            return
        await self._in_thread(self._sweeper.give_back, outgoing)

    async def _send(self, outgoing: Outgoing) -> Answer | None:
        """
        The answer, or None when asked to stop before it came: the batch is sent again later.

        Raises DeliveryError, and CorruptionError where the outbox does not have the batch any more.
        """
        try:
            body = outgoing.body
            if body is None:
                body = await self._in_thread(self._sweeper.body, outgoing)
        except OSError as error:
            raise TransientError(f"a batch can't be read from the outbox: {error}") from error
        return await unless(self._stop, self._delivery.send(body, len(outgoing.places)))

    async def _isolate(self, outgoing: Outgoing, error: PermanentError, backoff: Backoff) -> None:
        """
        Find the part that will not do: too large together, or one of them is refused.

        A part that is refused alone rests; its lines stay in their file, and hold up no others.
        """
        events.delivery.batch_failed(error)
        if len(outgoing.places) == 1:
            self._health.bad("collector", str(error))
            await self._in_thread(self._sweeper.put_off, outgoing)
            return
        for half in self._sweeper.halves(outgoing):
            await self._deliver(half, backoff)

    def _check_store(self, answer: Answer) -> None:
        if answer.store != self._store:
            raise ClewError(
                "the collector keeps documents in another store than before; started again, "
                "the agent sends everything there"
            )

    async def _rest(self, error: TransientError, backoff: Backoff) -> None:
        self._health.bad("collector", str(error))
        await wait(self._stop, backoff.next(error.retry_after))
