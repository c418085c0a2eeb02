"""
How fast a value changes: Prometheus' rate and its relatives, number for number.

A counter only grows, so where it is smaller than before it began again from 0, and what it had
reached is added. The samples seldom reach to both ends of the range, so the increase between the
first and the last is extrapolated: to the end of the range where that is at most 1.1 mean intervals
away, else by half an interval; and a counter never to below 0. So an increase of whole numbers need
not be whole.

https://github.com/prometheus/prometheus/blob/v2.42.0/promql/functions.go (extrapolatedRate).
"""

from __future__ import annotations

import math
from array import array
from operator import lt

from clew.promql.arithmetic import divide, total
from clew.promql.windows import Window

NANOSECONDS = 10**9
"""Of a second. An int, since a time divided by an int is rounded once, by a float twice."""

_NEAR = 1.1
"""Mean intervals between the end of the range and the sample next to it, at most, for near."""


def rate(window: Window) -> float | None:
    """A counter's increase per second; None where there are fewer than two samples."""
    grown = increase(window)
    return None if grown is None else grown / ((window.until - window.since) / NANOSECONDS)


def increase(window: Window) -> float | None:
    """How much a counter grew over the whole range."""
    if len(window.values) < 2:
        return None
    grown = window.values[-1] - window.values[0] + _lost_to_resets(window.values)
    before = window.times[0] - window.since
    if grown > 0 and window.values[0] >= 0:
        sampled = window.times[-1] - window.times[0]
        before_zero = sampled * (window.values[0] / grown)
        return grown * _extrapolation(window, min(before, before_zero))
    return grown * _extrapolation(window, before)


def delta(window: Window) -> float | None:
    """How much a gauge changed over the whole range."""
    if len(window.values) < 2:
        return None
    changed = window.values[-1] - window.values[0]
    return changed * _extrapolation(window, window.times[0] - window.since)


def irate(window: Window) -> float | None:
    """A counter's increase per second between its last two samples."""
    if len(window.values) < 2:
        return None
    before, last = window.values[-2:]
    seconds = (window.times[-1] - window.times[-2]) / NANOSECONDS
    return (last if last < before else last - before) / seconds


def idelta(window: Window) -> float | None:
    """How much a gauge changed between its last two samples."""
    return window.values[-1] - window.values[-2] if len(window.values) > 1 else None


def deriv(window: Window) -> float | None:
    """A gauge's change per second, by the straight line that fits its samples best."""
    if len(window.values) < 2:
        return None
    slope, _ = _line(window, window.times[0])
    return slope


def resets(window: Window) -> float:
    """How often the value was smaller than the one before."""
    return float(sum(map(lt, window.values[1:], window.values)))


def _lost_to_resets(values: array[float]) -> float:
    later = values[1:]
    if not any(map(lt, later, values)):  # at the speed of C, for this is nearly always so
        return 0.0
    return sum(old for old, new in zip(values, later, strict=False) if new < old)


def _extrapolation(window: Window, before: float) -> float:
    """By what to multiply; `before` are the nanoseconds by which to reach back at most."""
    sampled = window.times[-1] - window.times[0]
    interval = sampled / (len(window.times) - 1)
    reached = float(sampled)
    for missing in (before, window.until - window.times[-1]):
        reached += missing if missing < interval * _NEAR else interval / 2
    return reached / sampled


def predict_linear(window: Window, at: int, seconds: float) -> float | None:
    """Where that line leads, so many seconds after the moment of evaluation."""
    if len(window.values) < 2:
        return None
    slope, level = _line(window, at)
    return slope * seconds + level


def _line(window: Window, origin: int) -> tuple[float, float]:
    """The slope per second, and the value at `origin`, of a least-squares fit."""
    first = window.values[0]
    if all(value == first for value in window.values):
        return (math.nan, math.nan) if math.isinf(first) else (0.0, first)
    count = len(window.values)
    x = [(time - origin) / NANOSECONDS for time in window.times]
    sum_x, sum_y = total(x), total(window.values)
    sum_xy = total([a * b for a, b in zip(x, window.values, strict=True)])
    sum_xx = total([a * a for a in x])
    covariance = sum_xy - sum_x * sum_y / count
    slope = divide(covariance, sum_xx - sum_x * sum_x / count)
    return slope, sum_y / count - slope * sum_x / count
