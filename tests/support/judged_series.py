"""Scrapes as an agent would send them, and a store that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clew.runtime.clock import Deadline
from clew.schema.sample import Sample, Scrape, pack_samples
from clew.store.protocols import Result
from tests.support.documents import NOON
from tests.support.memory_series_store import MemorySeriesStore

Judge = Callable[[Scrape], Result | None]
"""What becomes of a scrape; None where the store decides."""


def scrape(number: int, value: float = 1.0) -> Scrape:
    """The scrape of a target at the `number`th second after noon."""
    target = {"job": "node", "instance": "node-a", "node": "node-a"}
    packed = pack_samples([Sample("node_load1", {}, value)])
    return Scrape(target, NOON + number * 1_000_000_000, packed)


class JudgedSeriesStore(MemorySeriesStore):
    """Refusing and holding are faults that no real store can be made to show at will."""

    def __init__(self, judge: Judge = lambda _: None) -> None:
        super().__init__()
        self.judge = judge
        self.deadlines: list[Deadline] = []

    async def write(self, scrapes: Sequence[Scrape], deadline: Deadline) -> list[Result]:
        self.deadlines.append(deadline)
        judged = [self.judge(scrape) for scrape in scrapes]
        taken = [each for each, verdict in zip(scrapes, judged, strict=True) if verdict is None]
        results = iter(await super().write(taken, deadline))
        return [verdict or next(results) for verdict in judged]

    @property
    def scrapes(self) -> list[Scrape]:
        """What is stored, by time."""
        return sorted(self._scrapes.values(), key=lambda each: each.time)
