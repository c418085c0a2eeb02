"""
A SeriesStore that keeps its scrapes in a dictionary: the plain meaning of the protocol.

Slow and without durability; what the real stores are compared with.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from clew.promql.matchers import all_match
from clew.runtime.clock import Deadline
from clew.schema.sample import Labels, Scrape, all_labels, scrape_id, unpack_samples
from clew.store.protocols import Outcome, Result, Selection, Series
from clew.store.series import check_time, is_seen


class MemorySeriesStore:
    def __init__(self) -> None:
        self._scrapes: dict[str, Scrape] = {}

    async def write(self, scrapes: Sequence[Scrape], deadline: Deadline) -> list[Result]:
        if deadline.passed():
            return [Result(Outcome.HELD, "the deadline had passed on arrival")] * len(scrapes)
        return [self._write(scrape) for scrape in scrapes]

    def _write(self, scrape: Scrape) -> Result:
        try:
            check_time(scrape)
            unpack_samples(scrape.packed)
        except ValueError as error:
            return Result(Outcome.REFUSED, str(error))
        if scrape_id(scrape) in self._scrapes:
            return Result(Outcome.EXISTS)
        self._scrapes[scrape_id(scrape)] = scrape
        return Result(Outcome.CREATED)

    async def select(self, selection: Selection) -> list[Series]:
        found: dict[tuple[tuple[str, str], ...], Series] = {}
        for scrape in self._within(selection):
            for name, own, value in unpack_samples(scrape.packed):
                labels = all_labels(scrape.target, name, own)
                if all_match(selection.matchers, labels):
                    key = tuple(sorted(labels.items()))
                    series = found.setdefault(key, Series(labels, array("q"), array("d")))
                    series.times.append(scrape.time)
                    series.values.append(value)
        return [found[key] for key in sorted(found)]

    async def targets(self, selection: Selection) -> list[Labels]:
        targets = {
            tuple(sorted(scrape.target.items()))
            for scrape in self._within(selection)
            if all_match(selection.matchers, scrape.target)
        }
        return [dict(target) for target in sorted(targets)]

    async def delete_before(self, time: int) -> int:
        old = [key for key, scrape in self._scrapes.items() if scrape.time < time]
        for key in old:
            del self._scrapes[key]
        return len(old)

    async def close(self) -> None:
        pass

    def _within(self, selection: Selection) -> Iterator[Scrape]:
        if selection.deadline.passed():
            raise TimeoutError("the deadline had passed on arrival")
        for scrape in sorted(self._scrapes.values(), key=lambda each: each.time):
            seen = is_seen(selection.scope, scrape.target)
            if seen and selection.since <= scrape.time <= selection.until:
                yield scrape
