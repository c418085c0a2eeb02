"""
Arithmetic as IEEE 754 and Go have it, where Python raises instead.

Division by zero, an overflow or a number outside a function's domain give infinity or NaN: never
an exception, for one strange sample must not stop a rule.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence

Binary = Callable[[float, float], float]


def divide(left: float, right: float) -> float:
    if right != 0.0:
        return left / right
    if left == 0.0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """The sign is that of `left`, as with C's fmod."""
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


def power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return -math.inf if left < 0 and right % 2 == 1 else math.inf
    except ValueError:
        if left != 0.0:
            return math.nan  # a root of a negative number
        odd = right % 2 == 1
        return math.copysign(math.inf, left) if odd else math.inf


def floor(value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


def ceiling(value: float) -> float:
    return float(math.ceil(value)) if math.isfinite(value) else value


def smaller(left: float, right: float) -> float:
    """NaN where one of them is NaN, unless the other is the smallest there is."""
    if -math.inf in (left, right):
        return -math.inf
    return math.nan if math.isnan(left) or math.isnan(right) else min(left, right)


def larger(left: float, right: float) -> float:
    return -smaller(-left, -right)


def total(values: Sequence[float]) -> float:
    """A sum that does not depend on the order, however large and small its values are."""
    try:
        return math.fsum(values)
    except (ValueError, OverflowError):  # infinities of both signs; beyond the largest number
        return float(sum(values))


def mean(values: Sequence[float]) -> float:
    result = total(values) / len(values)
    if math.isinf(result):  # the sum may be too large where the mean is not
        return total([value / len(values) for value in values])
    return result


def lowest(values: Sequence[float]) -> float:
    """NaN only where there is nothing else."""
    return min((value for value in values if not math.isnan(value)), default=math.nan)


def highest(values: Sequence[float]) -> float:
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def variance(values: Sequence[float]) -> float:
    """Of the values as they are, not as a sample of more."""
    average = mean(values)
    return mean([(value - average) * (value - average) for value in values])


def quantile(share: float, values: Sequence[float]) -> float:
    """Between two values, the weighted mean of both; a share outside 0 to 1 gives an infinity."""
    if not values or math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = share * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    weight = rank - low
    return ordered[low] * (1 - weight) + ordered[high] * weight


ARITHMETIC: dict[str, Binary] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": modulo,
    "^": power,
}

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
