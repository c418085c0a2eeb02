"""
Functions of a range: all samples of one series there become one value.

Each gets a window that has a sample, and is None where that does not suffice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from clew.promql import rates
from clew.promql.arithmetic import highest, lowest, mean, quantile, total, variance
from clew.promql.windows import Window

OverTime = Callable[[Window], float | None]


def of_values(function: Callable[[Sequence[float]], float]) -> OverTime:
    """One for which it is the values that matter, whenever they were."""
    return lambda window: function(window.values)


def changes(window: Window) -> float:
    """How often the value was another than the one before; NaN is no other than NaN."""
    return float(sum(map(_differ, pairwise(window.values))))


def _differ(pair: tuple[float, float]) -> bool:
    old, new = pair
    return old != new and not (math.isnan(old) and math.isnan(new))


OVER_TIME: dict[str, OverTime] = {
    "avg_over_time": of_values(mean),
    "changes": changes,
    "count_over_time": lambda window: float(len(window.values)),
    "delta": rates.delta,
    "deriv": rates.deriv,
    "idelta": rates.idelta,
    "increase": rates.increase,
    "irate": rates.irate,
    "last_over_time": lambda window: window.values[-1],
    "max_over_time": of_values(highest),
    "min_over_time": of_values(lowest),
    "present_over_time": lambda _: 1.0,
    "rate": rates.rate,
    "resets": rates.resets,
    "stddev_over_time": of_values(lambda values: math.sqrt(variance(values))),
    "stdvar_over_time": of_values(variance),
    "sum_over_time": of_values(total),
}
"""What takes a range and nothing else."""

KEEPS_NAME = "last_over_time"
"""The one of them whose value is still what the metric says."""


def quantile_over_time(window: Window, share: float) -> float:
    return quantile(share, window.values)
