"""
Which samples of a series count at a moment.

    instant selector    the latest of the 5 minutes up to the moment
    range selector      all of the range up to the moment

Both ends are included, as in Prometheus 2. Prometheus 3 leaves out a sample that lies exactly at
the older end. We keep 2's rule because it can be proved: the Prometheus that our tests compare with
(Debian's) is 2.42. It differs only where the range is a multiple of the interval and the scrapes
fall on it to the nanosecond, which those of a real target don't.

A staleness marker ends a series: an instant selector finds nothing after it, and a range leaves it
out.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from itertools import compress
from typing import NamedTuple

from clew.promql.values import Series

LOOK_BACK = 300 * 10**9
"""Nanoseconds; the default of Prometheus' query.lookback-delta."""

_STALE_BITS = 0x7FF0000000000002
"""https://pkg.go.dev/github.com/prometheus/prometheus/model/value: a NaN that no sum gives."""

_STALE = struct.pack("=Q", _STALE_BITS)


class Window(NamedTuple):
    """A series' samples within `since` and `until`, at least one; times in nanoseconds."""

    times: array[int]
    values: array[float]
    since: int
    until: int


def find_latest(series: Series, at: int) -> int | None:
    """The index of the sample that an instant selector finds at a moment, if there is one."""
    index = bisect_right(series.times, at) - 1
    if index < 0 or series.times[index] < at - LOOK_BACK:
        return None
    return None if series.values[index : index + 1].tobytes() == _STALE else index


def find_window(series: Series, since: int, until: int) -> Window | None:
    """What a range selector finds, if that is anything."""
    start = bisect_left(series.times, since)
    end = bisect_right(series.times, until, lo=start)
    times, values = series.times[start:end], series.values[start:end]
    if _STALE in values.tobytes():
        times, values = _without_stale(times, values)
    return Window(times, values, since, until) if values else None


def _without_stale(times: array[int], values: array[float]) -> tuple[array[int], array[float]]:
    bits: array[int] = array("Q", values.tobytes())
    fresh = [each != _STALE_BITS for each in bits]
    return array("q", compress(times, fresh)), array("d", compress(values, fresh))
