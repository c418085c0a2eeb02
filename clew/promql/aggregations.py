"""
Aggregations: the values of each group of series become one, or its largest and smallest are kept.

Where several values are equal, which of them topk and bottomk keep depends on the order in which
the series were given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence

from clew.promql.arithmetic import highest, lowest, mean, quantile, total, variance
from clew.promql.errors import EvaluationError
from clew.promql.labels import Grouping
from clew.promql.values import Value

_LARGEST_COUNT = 2.0**63

OF_VALUES: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": mean,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
    "max": highest,
    "min": lowest,
    "stddev": lambda values: math.sqrt(variance(values)),
    "stdvar": variance,
    "sum": total,
}
"""What needs the values of a group and nothing else."""

AGGREGATIONS = frozenset({*OF_VALUES, "topk", "bottomk", "quantile"})


def aggregate(
    operator: str, grouping: Grouping, vector: list[Value], parameter: float | None
) -> list[Value]:
    """The value of an aggregation; `parameter` is how many topk keeps, or which share quantile."""
    groups = _groups(grouping, vector)
    if operator in {"topk", "bottomk"}:
        assert parameter is not None
        count = _count(parameter)
        return [value for group in groups for value in _first(operator, count, group)]
    return [
        Value(
            grouping.kept(group[0].labels),
            _one(operator, [each.value for each in group], parameter),
        )
        for group in groups
    ]


def _groups(grouping: Grouping, vector: list[Value]) -> Iterator[list[Value]]:
    groups: dict[Hashable, list[Value]] = {}
    for value in vector:
        groups.setdefault(grouping.key(value.labels), []).append(value)
    return iter(groups.values())


def _one(operator: str, values: list[float], parameter: float | None) -> float:
    if operator == "quantile":
        assert parameter is not None
        return quantile(parameter, values)
    return OF_VALUES[operator](values)


def _count(parameter: float) -> int:
    if not -_LARGEST_COUNT <= parameter < _LARGEST_COUNT:  # NaN neither
        raise EvaluationError(f"{parameter} is no number of values to keep")
    return max(int(parameter), 0)


def _first(operator: str, count: int, group: list[Value]) -> list[Value]:
    """The largest or the smallest; NaN only where there is too little else."""
    sign = -1 if operator == "topk" else 1
    return sorted(group, key=lambda each: (math.isnan(each.value), sign * each.value))[:count]
