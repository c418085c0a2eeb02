"""Scrapes and selections for tests of series stores."""

from __future__ import annotations

from array import array
from typing import Any

from clew.promql.matchers import Matcher
from clew.runtime.clock import Deadline
from clew.schema.sample import Labels, Sample, Scrape, pack_samples
from clew.schema.timestamps import SECOND
from clew.store.protocols import Selection, Series
from tests.support.documents import NOON

DAY = 86_400 * SECOND
NODE_1 = {"job": "node", "instance": "n1", "node": "n1"}
NODE_2 = {"job": "node", "instance": "n2", "node": "n2"}

Plain = tuple[Labels, list[int], bytes]


def sample(name: str, value: float = 1.0, **labels: str) -> Sample:
    return Sample(name, labels, value)


def scrape(target: Labels, time: int, *samples: Sample) -> Scrape:
    return Scrape(target, time, pack_samples(samples))


def selection(
    *matchers: Matcher, since: int = NOON - DAY, until: int = NOON + DAY, **rest: Any
) -> Selection:
    """A patient selection of the two days around noon, unless it says otherwise."""
    rest.setdefault("deadline", Deadline.after(60))
    return Selection(since=since, until=until, matchers=matchers, **rest)


def plain(found: list[Series]) -> list[Plain]:
    """Series in a form that compares to the bit: NaN is not equal to itself."""
    return [(each.labels, each.times.tolist(), each.values.tobytes()) for each in found]


def values(found: list[Series]) -> list[float]:
    """The values of the one series that was found."""
    [series] = found
    return series.values.tolist()


def series_of(labels: Labels, times: list[int], values: list[float]) -> Series:
    return Series(labels, array("q", times), array("d", values))
