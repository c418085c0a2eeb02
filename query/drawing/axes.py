"""Axes of charts: where a time or a value stands, and which round ones are written beside."""

from __future__ import annotations

from dataclasses import dataclass

from clew.schema.timestamps import SECOND, format_rfc3339
from clew.transaction.texts import moment

_MINUTE, _HOUR, _DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
_MOMENTS = (
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14)),
)
_MOST_MOMENTS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis, in percent from the left or the top."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Time from left to right; a value up to `top` from the bottom up."""

    since: int
    until: int
    top: float

    def left(self, time: int) -> float:
        """Percent from the left edge, within it."""
        share = 100 * (time - self.since) / max(1, self.until - self.since)
        return round(min(100.0, max(0.0, share)), 3)


def moments(axis: Axis) -> list[Mark]:
    """Round moments on the axis: the time of day, at midnight the day."""
    raw = (axis.until - axis.since) / _MOST_MOMENTS
    width = next((each for each in _MOMENTS if each >= raw), _MOMENTS[-1])
    first = -(-axis.since // width) * width
    return [Mark(axis.left(time), _moment(time)) for time in range(first, axis.until + 1, width)]


def steps(most: float, smallest: float, base: int = 10) -> list[float]:
    """Round levels from 0 to the first that `most` does not pass, about four of them."""
    raw, step = max(most, smallest) / 4, 1.0
    factors = (1, 2, 5, 10) if base == 10 else (1, 2)
    while step > raw:
        step /= base
    while step * factors[-1] < raw:
        step *= base
    step *= next(factor for factor in factors if step * factor >= raw)
    count = 1
    while count * step < most:
        count += 1
    return [number * step for number in range(count + 1)]


def clock(time: int) -> str:
    """`2023-01-29 08:42:09`."""
    return moment(format_rfc3339(time))[:19]


def _moment(time: int) -> str:
    text = clock(time)
    return text[5:10] if time % _DAY == 0 else text[11:16]
