"""Functions that make of each value another, one by one, perhaps with scalars: abs, round, hour."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime

from clew.promql.arithmetic import ceiling, divide, floor, larger, smaller

Elementwise = Callable[..., float]


def round_to(value: float, nearest: float = 1.0) -> float:
    """Halves go up. By the inverse, as Prometheus does, so that the digits are the same."""
    inverse = divide(1.0, nearest)
    return divide(floor(value * inverse + 0.5), inverse)


def clamp(value: float, low: float, high: float) -> float:
    return larger(low, smaller(high, value))


def sign(value: float) -> float:
    return value if value == 0 or math.isnan(value) else math.copysign(1.0, value)


def exponential(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def logarithm(of_positive: Callable[[float], float]) -> Elementwise:
    def of_any(value: float) -> float:
        if value > 0:
            return of_positive(value)
        return -math.inf if value == 0 else math.nan

    return of_any


def root(value: float) -> float:
    return math.nan if value < 0 else math.sqrt(value)


def part(of_date: Callable[[datetime], int]) -> Elementwise:
    """A part of the UTC date that a value means as Unix seconds; NaN beyond the year 9999."""

    def of_seconds(value: float) -> float:
        try:
            return float(of_date(datetime.fromtimestamp(int(value), UTC)))
        except (ValueError, OverflowError, OSError):
            return math.nan

    return of_seconds


DATES: dict[str, Elementwise] = {
    "day_of_month": part(lambda date: date.day),
    "day_of_week": part(lambda date: date.isoweekday() % 7),
    "day_of_year": part(lambda date: date.timetuple().tm_yday),
    "days_in_month": part(lambda date: monthrange(date.year, date.month)[1]),
    "hour": part(lambda date: date.hour),
    "minute": part(lambda date: date.minute),
    "month": part(lambda date: date.month),
    "year": part(lambda date: date.year),
}
"""What takes the moment of evaluation where nothing is given."""

ELEMENTWISE: dict[str, Elementwise] = {
    "abs": abs,
    "ceil": ceiling,
    "clamp": clamp,
    "clamp_max": smaller,
    "clamp_min": larger,
    "exp": exponential,
    "floor": floor,
    "ln": logarithm(math.log),
    "log10": logarithm(math.log10),
    "log2": logarithm(math.log2),
    "round": round_to,
    "sgn": sign,
    "sqrt": root,
    **DATES,
}
