"""
What every SeriesStore does the same way: which scrapes it takes, which targets a selection means,
and how scrapes become series.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence

from clew.promql.matchers import Matcher, all_match
from clew.schema.sample import (
    Labels,
    Scrape,
    all_labels,
    decode_shape,
    unpack_columns,
)
from clew.store.protocols import Scope, Series

LAST_TIME = 2**63 - 1
"""In the year 2262: signed 64 bits of nanoseconds end there, in SQLite and in Elasticsearch."""


def check_time(scrape: Scrape) -> None:
    """Raises ValueError for a time that a store can't hold."""
    if not 0 <= scrape.time <= LAST_TIME:
        raise ValueError(f"the time {scrape.time} ns is not between 1970 and 2262")


def is_seen(scope: Scope, target: Mapping[str, str]) -> bool:
    return scope.namespaces is None or target.get("namespace") in scope.namespaces


def may_have(target: Mapping[str, str], matchers: Sequence[Matcher]) -> bool:
    """Whether series of the target can match: what it does not say its samples may say."""
    return all(matcher.name not in target or matcher.matches(target) for matcher in matchers)


def sorted_targets(targets: Iterable[Labels]) -> list[Labels]:
    """In the order of their labels."""
    return sorted(targets, key=lambda target: sorted(target.items()))


class SeriesFold:
    """
    Scrapes in, the series that match out.

    Labels are decoded and matched once for each shape of a target, not for each scrape: a day of
    a node has thousands of scrapes and one shape.
    """

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self._matchers = matchers
        self._series: dict[tuple[tuple[str, str], ...], Series] = {}
        self._shapes: dict[Hashable, tuple[bytes, list[tuple[int, Series]]]] = {}

    def add(self, key: Hashable, target: Labels, time: int, packed: bytes) -> None:
        """Take a scrape; `key` names its target in the store. Raises as `unpack_samples`."""
        shape, values = unpack_columns(packed)
        for position, series in self._wanted(key, target, shape):
            series.times.append(time)
            series.values.append(values[position])

    def series(self) -> list[Series]:
        """All that was found, sorted by labels and each in order of time."""
        found = (self._series[key] for key in sorted(self._series))
        return [_in_order(series) for series in found if series.times]

    def _wanted(self, key: Hashable, target: Labels, shape: bytes) -> list[tuple[int, Series]]:
        known = self._shapes.get(key)
        if known is None or known[0] != shape:
            known = self._shapes[key] = shape, self._matching(target, shape)
        return known[1]

    def _matching(self, target: Labels, shape: bytes) -> list[tuple[int, Series]]:
        """Where the series that match stand in scrapes of this shape."""
        matching = []
        for position, (name, own) in enumerate(decode_shape(shape)):
            labels = all_labels(target, name, own)
            if all_match(self._matchers, labels):
                key = tuple(sorted(labels.items()))
                empty = Series(labels, array("q"), array("d"))
                matching.append((position, self._series.setdefault(key, empty)))
        return matching


def _in_order(series: Series) -> Series:
    """Two targets may say the same series; then its samples came target by target."""
    times, values = series.times, series.values
    if array("q", sorted(times)) == times:
        return series
    order = sorted(range(len(times)), key=times.__getitem__)
    return Series(
        series.labels,
        array("q", (times[position] for position in order)),
        array("d", (values[position] for position in order)),
    )
