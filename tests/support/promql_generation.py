"""Expressions over the invented series, the same for the same seed: each is of a type that fits."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_GAUGES = ("up", "load", "limit")
_COUNTERS = ("requests_total", "seconds_bucket")
_RANGES = ("45s", "1m", "2m", "5m", "10m", "1500ms")
_OFFSETS = ("", "", "", " offset 1m", " offset 10m", " offset -30s")
_NUMBERS = ("0", "1", "-2.5", "3", "100", "0.5", "1e9", "Inf", "NaN")
_LABELS = ("job", "instance", "code", "le", "nobody")
_MATCHERS = (
    'job="shop"',
    'job!="cart"',
    'instance=~"a.*|b:80"',
    'instance!~"a.*"',
    'code=~"4..|5.."',
    'nobody=""',
)
_OF_RANGE = (
    "avg_over_time", "changes", "count_over_time", "delta", "deriv", "idelta", "increase", "irate",
    "last_over_time", "max_over_time", "min_over_time", "present_over_time", "rate", "resets",
    "stddev_over_time", "stdvar_over_time", "sum_over_time", "absent_over_time",
)  # fmt: skip
_OF_VECTOR = (
    "abs", "absent", "exp", "ln", "log10", "log2", "sort", "sort_desc", "sqrt", "timestamp",
)  # fmt: skip
_STEPS = ("ceil({})", "floor({})", "round({})", "round({}, 0.25)", "round({}, 5)", "sgn({})")
"""Of series only: what is computed may differ in its last digit, and here that would be a step."""
_OF_TIME = ("day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year")
_ARITHMETIC = ("+", "-", "*", "/", "%", "^")
_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_AGGREGATIONS = ("sum", "min", "max", "avg", "count", "group")


class Generator:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def expression(self) -> str:
        return self._vector(3) if self._random.random() < 0.95 else self._scalar(2)

    def _vector(self, depth: int) -> str:
        if depth == 0:
            return self._selector()
        makers: list[Callable[[int], str]] = [
            self._of_range,
            self._of_range,
            self._of_vector,
            self._of_scalars,
            self._aggregation,
            self._aggregation,
            self._operation,
            self._operation,
            self._selected,
        ]
        return self._random.choice(makers)(depth - 1)

    def _scalar(self, depth: int) -> str:
        if depth == 0 or self._random.random() < 0.7:
            return self._random.choice(_NUMBERS)
        if self._random.random() < 0.3:
            return f"scalar({self._vector(depth - 1)})"
        operator = self._random.choice([*_ARITHMETIC, *(f"{each} bool" for each in _COMPARISONS)])
        return f"({self._scalar(depth - 1)} {operator} {self._scalar(depth - 1)})"

    def _series(self, *names: str) -> str:
        name = self._random.choice(names or (*_GAUGES, *_COUNTERS))
        matchers = self._random.sample(_MATCHERS, self._random.choice([0, 0, 1, 2]))
        return f"{name}{{{', '.join(matchers)}}}"

    def _selector(self) -> str:
        return self._series() + self._random.choice(_OFFSETS)

    def _selected(self, _: int) -> str:
        return self._selector()

    def _range(self) -> str:
        reach = f"[{self._random.choice(_RANGES)}]"
        return self._series() + reach + self._random.choice(_OFFSETS)

    def _of_range(self, depth: int) -> str:
        kind = self._random.random()
        if kind < 0.05:
            return f"quantile_over_time({self._scalar(depth)}, {self._range()})"
        if kind < 0.1:
            return f"predict_linear({self._range()}, {self._scalar(depth)})"
        return f"{self._random.choice(_OF_RANGE)}({self._range()})"

    def _of_vector(self, depth: int) -> str:
        if self._random.random() < 0.2:
            return self._random.choice(_STEPS).format(self._selector())
        if self._random.random() < 0.1:
            # Of times, since the year of NaN is one of the few things that we do not have from Go.
            return f"{self._random.choice(_OF_TIME)}(timestamp({self._vector(depth)}))"
        sign = self._random.choice(["", "-"])
        return f"{sign}{self._random.choice(_OF_VECTOR)}({self._vector(depth)})"

    def _of_scalars(self, depth: int) -> str:
        vector = self._vector(depth)
        return self._random.choice(
            [
                f"clamp({vector}, {self._scalar(depth)}, {self._scalar(depth)})",
                f"clamp_min({vector}, {self._scalar(depth)})",
                f"vector({self._scalar(depth)})",
                f'label_replace({vector}, "job", "$1-x", "instance", "(.):.*")',
                f'label_join({vector}, "both", "/", "job", "instance")',
                self._histogram_quantile(),
            ]
        )

    def _histogram_quantile(self) -> str:
        share = self._random.choice(["0.5", "0.9", "1", "2"])
        buckets = self._series("seconds_bucket")
        return f"histogram_quantile({share}, sum by (job, le) (rate({buckets}[2m])))"

    def _aggregation(self, depth: int) -> str:
        grouping = self._labelled("by", "without") if self._random.random() < 0.7 else ""
        vector, kind = self._vector(depth), self._random.random()
        if kind < 0.1:
            return f"quantile {grouping} ({self._random.choice(['0.5', '0', '0.99'])}, {vector})"
        if kind < 0.2:
            # Of equal values another may be kept, so how many were kept is all that is compared.
            largest = self._random.choice(["topk", "bottomk"])
            return f"count({largest} {grouping} ({self._random.choice('0123')}, {vector}))"
        return f"{self._random.choice(_AGGREGATIONS)} {grouping} ({vector})"

    def _operation(self, depth: int) -> str:
        left, right = self._vector(depth), self._vector(depth)
        match self._random.randrange(5):
            case 0:
                return f"({left} {self._operator()} {self._scalar(depth)})"
            case 1:
                return f"({self._scalar(depth)} {self._operator()} {right})"
            case 2:
                matching = self._random.choice(["", self._labelled("on", "ignoring")])
                return f"({left} {self._random.choice(['and', 'or', 'unless'])} {matching} {right})"
            case 3:
                one = f"sum by (job) ({right})"
                many = self._random.choice(["group_left", "group_left (code)"])
                return f"({left} {self._operator()} on (job) {many} {one})"
            case _:
                matching = self._random.choice(["", self._labelled("on", "ignoring")])
                return f"({left} {self._operator()} {matching} {right})"

    def _operator(self) -> str:
        bool_or_not = self._random.choice(["", " bool"])
        compared = self._random.choice(_COMPARISONS) + bool_or_not
        return self._random.choice([*_ARITHMETIC, compared, compared, compared])

    def _labelled(self, *keywords: str) -> str:
        labels = self._random.sample(_LABELS, self._random.randrange(4))
        return f"{self._random.choice(keywords)} ({', '.join(labels)})"
