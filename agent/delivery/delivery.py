"""
To the collectors and their answers back: batches of lines and of scrapes, and reports.

Keeps true:

- what one collector does not take now is offered to another before the sender hears of it;
- nothing is given up: the sender hears when it makes sense to send the same again, or that this
  body will never do;
- no more batches are on the way than the window allows;
- what is cancelled is not on its way any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp

from agent import events
from agent.delivery.answers import (
    Failure,
    NotTakenError,
    TooLargeError,
    judge_batch,
    judge_report,
    judge_samples,
)
from agent.delivery.collectors import Collector, Collectors
from agent.delivery.lookup import Lookup, look_up
from agent.delivery.resolving import Resolving
from agent.delivery.window import Window
from agent.delivery.wire import Request, Wire
from clew.runtime.addresses import parse_origin
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.runtime.errors import PermanentError, TransientError
from clew.wire import batch, samples
from clew.wire.batch import Answer
from clew.wire.report import Report, encode_report
from clew.wire.samples import SampleAnswer

GRACE_SECONDS = 5.0
"""How long after its deadline an answer may still be on the way."""
ATTEMPTS = 3
"""Collectors that one body is offered to: what three do not take, is no fault of theirs."""
REPORT_SHARE = 0.8
"""Of the time that a report has: the rest is for hearing that it was in vain."""

T = TypeVar("T")


class Delivery:
    """
    Sends to one of several collectors. `session` is closed by whoever opened it.

    `agent` is what tells this agent from others: they prefer different collectors.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: str | Sequence[str],
        token: str,
        deadline_seconds: float,
        *,
        agent: str = "",
        batch_bytes: int = 4 * 1024 * 1024,
        batches_in_flight: int = 8,
        clock: Clock = SYSTEM_CLOCK,
        lookup: Lookup = look_up,
    ) -> None:
        origins = [parse_origin(url) for url in ([urls] if isinstance(urls, str) else urls)]
        self._wire, self._clock = Wire(session, token, clock), clock
        resolving = Resolving(origins, lookup, clock)
        self._collectors = Collectors(agent, resolving, self._wire, clock)
        self._seconds = deadline_seconds + GRACE_SECONDS
        self._place_freed = asyncio.Event()
        self.window = Window(batches_in_flight, batch_bytes)
        events.delivery.measure_window(
            lambda: self.window.in_flight,
            lambda: self.window.in_flight_limit,
            lambda: self.window.batch_bytes,
        )

    async def get_store(self, known: str = "") -> str:
        """
        The identity of the store that batches go to. Raises TransientError.

        `known` is the one that is meant so far: another one counts when all collectors say so.
        Without it, the first collector that answers decides.
        """
        self._collectors.stores.mean(known)
        await self._collectors.take()
        return self._collectors.stores.meant

    async def send(self, body: bytes, parts: int) -> Answer:
        """
        The answer to a batch of so many parts. Waits while the window is full.

        Raises TransientError where sending it again may help, with `retry_after` where no collector
        is of use before that; PermanentError where a collector says that this batch will never do.
        When cancelled, it may or may not have been stored. An answer may be of another store than
        get_store told: all collectors have moved there.
        """
        request = Request("/v1/batches", batch.CONTENT_TYPE, body, self._seconds)

        async def send_to(collector: Collector) -> Answer:
            return await self._send_to(collector, request, parts)

        async with self._place():
            return await self._offer(send_to)

    async def send_samples(self, body: bytes, scrapes: int) -> SampleAnswer:
        """
        The answer to a batch of so many scrapes.

        Raises what `send` does, but PermanentError only for what a collector says of this body.
        """
        request = Request("/v1/samples", samples.CONTENT_TYPE, body, self._seconds)

        async def send_to(collector: Collector) -> SampleAnswer:
            return judge_samples(await self._wire.ask(collector.endpoint, request), scrapes)

        return await self._offer(send_to, aside=True)

    async def report(self, report: Report, seconds: float) -> None:
        """Hand a report over within so many seconds. Raises TransientError."""
        body = encode_report(report)
        request = Request("/v1/reports", "application/json", body, seconds * REPORT_SHARE)

        async def send_to(collector: Collector) -> None:
            judge_report(await self._wire.ask(collector.endpoint, request))

        try:
            async with asyncio.timeout(seconds):
                await self._offer(send_to, aside=True)
        except TimeoutError:
            raise TransientError(f"a report did not get through within {seconds} s") from None

    def status(self) -> list[dict[str, Any]]:
        """What is known of each collector, the one first that this agent likes best."""
        return self._collectors.status()

    async def close(self) -> None:
        """End what goes on without anybody waiting: lookups, and looks at collectors."""
        await self._collectors.close()

    async def _offer(
        self, send_to: Callable[[Collector], Awaitable[T]], *, aside: bool = False
    ) -> T:
        """
        To one collector after another, until one takes it. Raises what `send` does.

        `aside`: it is no batch of lines, and must not hold up any.
        """
        tried: list[Collector] = []
        failed = self._collectors.failed_aside if aside else self._collectors.failed
        last: NotTakenError | None = None
        while len(tried) < ATTEMPTS:
            try:
                collector, period = await self._collectors.take(tried)
            except TransientError:
                if aside and last is not None:
                    raise last from None
                raise
            began = self._clock.monotonic()
            try:
                answer = await send_to(collector)
            except NotTakenError as error:
                events.delivery.collector_answered(error.failure.value)
                failed(collector, period, error)
                tried.append(collector)
                last = error
                continue
            except PermanentError:
                events.delivery.collector_answered("refused")
                raise
            events.delivery.collector_answered("taken")
            if not aside:
                self._collectors.succeeded(collector, period, self._clock.monotonic() - began)
            return answer
        raise last if aside and last is not None else self._collectors.none_is_well()

    async def _send_to(self, collector: Collector, request: Request, parts: int) -> Answer:
        assert request.body is not None
        sending, began = self.window.begin(), self._clock.monotonic()
        try:
            response = await self._wire.ask(collector.endpoint, request)
            answer = judge_batch(response, parts)
        except NotTakenError as error:
            if error.failure is Failure.BUSY:
                self.window.pushed_back(sending)
            elif error.failure is Failure.TIMED_OUT:
                self.window.ran_out_of_time(sending)
            raise
        except TooLargeError:
            self.window.too_large(sending)
            raise
        self._collectors.hear_store(collector, answer.store)
        if any(part.error for part in answer.parts):
            # The store holds something back: that is no moment to send more.
            self.window.pushed_back(sending)
        else:
            seconds = self._clock.monotonic() - began
            self.window.answered(sending, len(request.body), seconds)
        return answer

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the places that the window has, as soon as one is free."""
        while self.window.in_flight >= self.window.in_flight_limit:
            await self._place_freed.wait()
        self.window.in_flight += 1
        try:
            yield
        finally:
            self.window.in_flight -= 1
            self._place_freed.set()
            self._place_freed.clear()
