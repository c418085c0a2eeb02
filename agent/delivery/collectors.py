"""
What is known of each collector, and which one is asked next.

Keeps true:

- a collector gets nothing before it has said which store it keeps, and it is the store that is
  meant; that is asked anew whenever it was not well for a while, by one small question;
- what happens to the list of endpoints concerns what is sent from then on, and nothing that is on
  its way;
- whoever has a collector that is well waits for none that is not.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from agent import events
from agent.delivery.answers import Failure, NotTakenError, judge_store
from agent.delivery.breaker import Breaker, State
from agent.delivery.choice import Choice, ranked
from agent.delivery.endpoints import Endpoint
from agent.delivery.resolving import Resolving
from agent.delivery.stores import Stores
from agent.delivery.wire import Request, Wire
from clew.runtime.clock import Clock
from clew.runtime.errors import TransientError
from clew.runtime.tasks import Shared
from clew.schema.timestamps import format_rfc3339

REASONS_TOLD = 3
"""In one sentence: most often they are the same."""
PROVE_SECONDS = 5.0
"""For an answer that a collector gives out of its memory."""
OTHER_STORE_SECONDS = 30.0
"""How long a collector that keeps another store is left alone before it is asked again."""
_FOR_GOOD = frozenset({Failure.TIMED_OUT, Failure.OTHER_STORE, Failure.OTHER_VERSION})
_SMOOTHING = 0.2
"""Of the latency that is shown: about the last ten answers."""


class Collector:
    """One endpoint, and how it has done so far."""

    def __init__(self, endpoint: Endpoint, clock: Clock, prove: Shared) -> None:
        self.endpoint, self.breaker, self.proving = endpoint, Breaker(clock), prove
        self.error = ""
        self.told = State.HALF_OPEN
        self.latency_seconds: float | None = None

    @property
    def name(self) -> str:
        return self.endpoint.name

    @property
    def well(self) -> bool:
        return self.breaker.state is State.CLOSED and not self.breaker.wait_seconds()

    @property
    def to_prove(self) -> bool:
        """Whether it may be asked for its store, and has to be before anything else."""
        return self.breaker.state is not State.CLOSED and not self.breaker.wait_seconds()

    def took(self, seconds: float) -> None:
        before = seconds if self.latency_seconds is None else self.latency_seconds
        self.latency_seconds = before + _SMOOTHING * (seconds - before)


class Collectors:
    """Close it when nobody sends any more."""

    def __init__(self, agent: str, resolving: Resolving, wire: Wire, clock: Clock) -> None:
        self._agent, self._resolving, self._wire, self._clock = agent, resolving, wire, clock
        self._choice: Choice[Collector] = Choice(clock)
        self._order: list[Collector] = []
        """The one first that this agent likes best."""
        self._kept = 0
        self.stores: Stores[Endpoint] = Stores()

    async def take(self, tried: Collection[Collector] = ()) -> tuple[Collector, int]:
        """
        The collector to ask now, none of `tried`, and the period of its breaker.

        Raises TransientError where there is none, with the time after which there may be.
        """
        await self._resolving.refresh()
        self._keep_up()
        collector = self._choose(tried) or await self._prove_some(tried)
        period = None if collector is None else collector.breaker.begin()
        if collector is None or period is None:
            raise self.none_is_well()
        await self._prove_better(collector)
        return collector, period

    def none_is_well(self) -> TransientError:
        """Why none was asked, or none of those asked would do; and when it makes sense again."""
        if not self._order:
            return TransientError(self._resolving.problem)
        reasons = dict.fromkeys(f"{each.name}: {each.error}" for each in self._order if each.error)
        seconds = min(each.breaker.wait_seconds() for each in self._order)
        text = "; ".join(list(reasons)[:REASONS_TOLD]) or "no collector has answered yet"
        return TransientError(text, seconds or None)

    def succeeded(self, collector: Collector, period: int, seconds: float) -> None:
        collector.took(seconds)
        collector.breaker.succeed(period)
        collector.error = ""
        self._tell(collector)

    def failed(self, collector: Collector, period: int, error: NotTakenError) -> None:
        collector.error = str(error)
        at_least_seconds = error.retry_after or 0.0
        if error.failure is Failure.BUSY:
            collector.breaker.busy(period, at_least_seconds)
        else:
            # To find out that one is silent costs a whole deadline: once is enough.
            # And what keeps another store or reads another version will do so the next time.
            collector.breaker.fail(period, at_least_seconds, for_good=error.failure in _FOR_GOOD)
        if error.failure in {Failure.UNREACHABLE, Failure.TIMED_OUT}:
            self._resolving.hurry(collector.endpoint.origin)
        self._tell(collector)

    def failed_aside(self, collector: Collector, period: int, error: NotTakenError) -> None:
        """
        It did not take scrapes or a report: that alone says nothing of how it takes lines.

        A collector has places of its own for each kind, and may not know one of them yet. But one
        that was silent has to answer a small question before it is used again.
        """
        if error.failure is Failure.UNREACHABLE:
            self.failed(collector, period, error)
        elif error.failure is Failure.TIMED_OUT and period == collector.breaker.period:
            collector.breaker.ask_again()
            self._tell(collector)

    def hear_store(self, collector: Collector, store: str) -> None:
        """
        What a collector said of its store. Raises NotTakenError where it is not the one meant.

        Where all say the same other one, that is meant from now on, and it will do.
        """
        if self.stores.hear(collector.endpoint, store):
            events.delivery.store_shared(collector.name)
            return
        if self.stores.move(each.endpoint for each in self._order):
            events.delivery.collectors_moved(store)
            for each in self._order:
                if each is not collector:
                    each.breaker.ask_again()
            return
        events.delivery.other_store(collector.name, store, self.stores.meant)
        raise NotTakenError(
            Failure.OTHER_STORE,
            f"it keeps another store ({store}) than the one in use ({self.stores.meant})",
            OTHER_STORE_SECONDS,
        )

    def status(self) -> list[dict[str, Any]]:
        """Of each collector, in the order in which this agent likes them."""
        return [
            {
                "endpoint": each.name,
                "in_use": each is self._choice.current,
                "state": each.breaker.state.value,
                "since": format_rfc3339(each.breaker.since),
                "waits_seconds": round(each.breaker.wait_seconds(), 1),
                "store": self.stores.said_by(each.endpoint),
                "latency_seconds": each.latency_seconds,
                "error": each.error,
            }
            for each in self._order
        ]

    async def close(self) -> None:
        await self._resolving.close()
        for each in self._order:
            await each.proving.close()

    def _keep_up(self) -> None:
        """With the addresses that names have now."""
        if self._kept == self._resolving.changes:
            return
        self._kept = self._resolving.changes
        known = {each.endpoint: each for each in self._order}
        endpoints = {each.name: each for each in self._resolving.endpoints()}
        for gone in known.keys() - set(endpoints.values()):
            events.delivery.collector_gone(gone.name)
        names = ranked(self._agent, endpoints)
        self._order = [known.get(endpoints[name]) or self._meet(endpoints[name]) for name in names]
        self.stores.keep(endpoints.values())
        self._count()

    def _meet(self, endpoint: Endpoint) -> Collector:
        async def prove() -> None:
            await self._prove(collector)

        collector = Collector(endpoint, self._clock, Shared(prove))
        return collector

    def _choose(self, tried: Collection[Collector]) -> Collector | None:
        usable = {each for each in self._order if each.well and each not in tried}
        if not usable:
            return None
        if tried:
            return next(each for each in self._order if each in usable)
        return self._choice.choose(self._order, usable)

    async def _prove_better(self, chosen: Collector) -> None:
        """Begin to find out whether those that are liked better will do again."""
        for each in self._order:
            if each is chosen:
                return
            if each.to_prove:
                await each.proving.wait(0.0)

    async def _prove_some(self, tried: Collection[Collector]) -> Collector | None:
        """The first that turns out to be well; None where none does."""
        for each in self._order:
            if each not in tried and each.to_prove:
                await each.proving.wait(PROVE_SECONDS)
            if (found := self._choose(tried)) is not None:
                return found
        return None

    async def _prove(self, collector: Collector) -> None:
        """Ask which store it keeps. What comes of it, its breaker knows."""
        period = collector.breaker.begin()
        if period is None:
            return
        request = Request("/v1/store", "", None, PROVE_SECONDS)
        began = self._clock.monotonic()
        try:
            response = await self._wire.ask(collector.endpoint, request)
            self.hear_store(collector, judge_store(response))
        except NotTakenError as error:
            self.failed(collector, period, error)
        else:
            self.succeeded(collector, period, self._clock.monotonic() - began)

    def _tell(self, collector: Collector) -> None:
        """Only of news: this runs for every batch."""
        state, told = collector.breaker.state, collector.told
        if state is told and not collector.error:
            return
        collector.told = state
        events.delivery.collector_judged(
            collector.name, state, collector.error, changed=state is not told
        )
        self._count()

    def _count(self) -> None:
        events.delivery.collectors_counted([each.breaker.state for each in self._order])
