"""
Samples -> lines of a chart. Nothing here asks anybody.

A counter becomes what it grew by per second from sample to sample; where it is smaller than before
it began again from 0. Where samples are missing nothing is known, and a line says so: it ends
before the gap and begins anew after it, and no mean is taken across.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from clew.schema.timestamps import SECOND

MOST_POINTS = 240
"""Points of a line: more than a person tells apart in the width of a chart."""

MISSED = 4
"""Samples in a row that may be late or lost before it is a gap."""


class Reading(NamedTuple):
    """What held from `since` (exclusive) to `time`, in Unix nanoseconds."""

    since: int
    time: int
    value: float


class Point(NamedTuple):
    """A value at a time; None between two values is a gap."""

    time: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """
    A line of a chart, and its figures in a legend.

    `latest`, `mean` and `most` are of all readings, however few points are left of them; None where
    there is none.
    """

    points: list[Point]
    latest: Reading | None
    mean: float | None
    most: float | None


class Growth:
    """
    Counters in, the sum of what they grow by per second out, by the time of the later sample.

    Fed in parts, each counter in order of time. A counter that falls by less than `jitter` has not
    begun again but was corrected: it has not grown.
    """

    def __init__(self, jitter: float = 0.0) -> None:
        self._jitter = jitter
        self._before: dict[Hashable, tuple[int, float]] = {}
        self._rates: dict[int, float] = {}
        self._sinces: dict[int, int] = {}

    def feed(self, counter: Hashable, times: Sequence[int], values: Sequence[float]) -> None:
        # Dictionaries and locals: a node of 64 CPUs has 3 million of these samples a day.
        rates, sinces, jitter = self._rates, self._sinces, self._jitter
        since, before = self._before.get(counter, (None, 0.0))
        for time, value in zip(times, values, strict=True):
            if since is not None and time > since:
                grown = value - before
                if grown < 0:
                    grown = 0.0 if -grown < jitter else value
                rate = grown * SECOND / (time - since)
                if time in rates:
                    rates[time] += rate
                    sinces[time] = min(sinces[time], since)
                else:
                    rates[time], sinces[time] = rate, since
            since, before = time, value
        if since is not None:
            self._before[counter] = since, before

    def readings(self) -> list[Reading]:
        """In order of time."""
        return [
            Reading(self._sinces[time], time, self._rates[time]) for time in sorted(self._rates)
        ]


def share(part: Growth, others: Sequence[Growth]) -> list[Reading]:
    """How much of all of them together the part is; nothing where all stand still."""
    sums: dict[int, float] = {}
    sinces: dict[int, int] = {}
    for growth in (part, *others):
        for since, time, rate in growth.readings():
            sums[time] = sums.get(time, 0.0) + rate
            sinces[time] = min(since, sinces.get(time, since))
    own = {time: rate for _, time, rate in part.readings()}
    return [
        Reading(sinces[time], time, own.get(time, 0.0) / sums[time])
        for time in sorted(sums)
        if sums[time] > 0
    ]


def longest_wait(times: Iterable[int]) -> int:
    """From how many nanoseconds between two samples on it is a gap, by how often they come."""
    ordered = sorted(times)
    waits = sorted(later - sooner for sooner, later in pairwise(ordered))
    # The median, without `statistics`: importing that takes longer than `clew trace` may be late.
    return MISSED * waits[len(waits) // 2] if waits else 0


def without_gaps(readings: Iterable[Reading], wait: int) -> list[Reading]:
    """Readings without those that are said of a gap as a whole."""
    return [each for each in readings if each.time - each.since <= wait]


def curve(readings: Sequence[Reading], since: int, until: int, wait: int) -> Curve:
    """Readings in order of time as a line of at most about MOST_POINTS points."""
    values = [reading.value for reading in readings]
    return Curve(
        points=_points(readings, since, until, wait),
        latest=readings[-1] if readings else None,
        mean=sum(values) / len(values) if values else None,
        most=max(values, default=None),
    )


def _points(readings: Sequence[Reading], since: int, until: int, wait: int) -> list[Point]:
    points: list[Point] = []
    part: list[Reading] = []
    width = _width(readings, since, until)
    for reading in readings:
        if part and (reading.time - since) // width != (part[-1].time - since) // width:
            points.append(_mean(part))
            if reading.time - part[-1].time > wait:
                points.append(Point((part[-1].time + reading.time) // 2, None))
            part = []
        part.append(reading)
    return [*points, _mean(part)] if part else points


def _width(readings: Sequence[Reading], since: int, until: int) -> int:
    """
    Nanoseconds that share a point: 1 where there are few enough readings.

    Else a multiple of how often they come: a point of two among points of three would look like
    something that happened.
    """
    if len(readings) <= MOST_POINTS:
        return 1
    often = max(1, longest_wait(reading.time for reading in readings) // MISSED)
    return -(-(until - since) // (MOST_POINTS * often)) * often


def _mean(part: Sequence[Reading]) -> Point:
    """The point of some readings, at the time of the last."""
    return Point(part[-1].time, sum(reading.value for reading in part) / len(part))
