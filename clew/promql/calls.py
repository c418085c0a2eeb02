"""
Functions that need more than values: the moment, the labels, that nothing is there, or several
arguments.

All functions are listed here: what is not in FUNCTIONS is refused before it is evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from clew.promql.elementwise import DATES, ELEMENTWISE
from clew.promql.histograms import histogram_quantile
from clew.promql.labels import without_empty, without_name
from clew.promql.matchers import NAME, Operator
from clew.promql.nodes import Call, Node, Selector, Text
from clew.promql.over_time import KEEPS_NAME, OVER_TIME, quantile_over_time
from clew.promql.rates import NANOSECONDS, predict_linear
from clew.promql.relabelling import label_join, label_replace
from clew.promql.values import Answer, Labels, Value
from clew.promql.windows import Window


class Evaluation(Protocol):
    """What a function may ask of the evaluation it is part of."""

    @property
    def at(self) -> int: ...

    def scalar(self, node: Node) -> float: ...

    def vector(self, node: Node) -> list[Value]: ...

    def windows(self, node: Node) -> list[tuple[Labels, Window]]: ...

    def sample_times(self, selector: Selector) -> list[Value]: ...


Function = Callable[[Evaluation, Call], Answer]


def call(evaluation: Evaluation, node: Call) -> Answer:
    """The value of a call, whose name and arguments were checked when it was parsed."""
    name, arguments = node.function, node.arguments
    if name in OVER_TIME:
        return _over_time(evaluation, node, OVER_TIME[name])
    if name in DATES and not arguments:
        return [Value({}, DATES[name](evaluation.at / NANOSECONDS))]
    if name in ELEMENTWISE:
        scalars = [evaluation.scalar(each) for each in arguments[1:]]
        return _elementwise(evaluation.vector(arguments[0]), name, scalars)
    return _OTHERS[name](evaluation, node)


def _elementwise(vector: list[Value], name: str, scalars: list[float]) -> list[Value]:
    if name == "clamp" and scalars[1] < scalars[0]:
        return []  # nothing lies between them
    function = ELEMENTWISE[name]
    return [Value(without_name(labels), function(value, *scalars)) for labels, value in vector]


def _over_time(
    evaluation: Evaluation, node: Call, function: Callable[[Window], float | None]
) -> list[Value]:
    matrix = next(each for each in node.arguments if isinstance(each, Selector))
    results = ((labels, function(window)) for labels, window in evaluation.windows(matrix))
    keeps_name = node.function == KEEPS_NAME
    return [
        Value(labels if keeps_name else without_name(labels), value)
        for labels, value in results
        if value is not None
    ]


def _predict_linear(evaluation: Evaluation, node: Call) -> Answer:
    seconds = evaluation.scalar(node.arguments[1])
    at = evaluation.at
    return _over_time(evaluation, node, lambda window: predict_linear(window, at, seconds))


def _quantile_over_time(evaluation: Evaluation, node: Call) -> Answer:
    share = evaluation.scalar(node.arguments[0])
    return _over_time(evaluation, node, lambda window: quantile_over_time(window, share))


def _histogram_quantile(evaluation: Evaluation, node: Call) -> Answer:
    share, vector = node.arguments
    return histogram_quantile(evaluation.scalar(share), evaluation.vector(vector))


def _absent(evaluation: Evaluation, node: Call) -> Answer:
    there = evaluation.vector(node.arguments[0])
    return [] if there else [Value(_known_labels(node.arguments[0]), 1.0)]


def _absent_over_time(evaluation: Evaluation, node: Call) -> Answer:
    there = evaluation.windows(node.arguments[0])
    return [] if there else [Value(_known_labels(node.arguments[0]), 1.0)]


def _known_labels(node: Node) -> Labels:
    """What the labels of the missing series would surely be."""
    labels: dict[str, str] = {}
    met = set()
    for name, operator, value in node.matchers if isinstance(node, Selector) else ():
        if operator is Operator.EQUAL and name not in met and name != NAME:
            met.add(name)
            labels[name] = value
        else:
            labels.pop(name, None)
    return without_empty(labels)


def _scalar(evaluation: Evaluation, node: Call) -> Answer:
    vector = evaluation.vector(node.arguments[0])
    return vector[0].value if len(vector) == 1 else math.nan


def _timestamp(evaluation: Evaluation, node: Call) -> Answer:
    """Of the samples themselves where they are selected; anything computed is of now."""
    inner = node.arguments[0]
    if isinstance(inner, Selector):
        return evaluation.sample_times(inner)
    now = evaluation.at / NANOSECONDS
    return [Value(without_name(labels), now) for labels, _ in evaluation.vector(inner)]


def _sort(evaluation: Evaluation, node: Call) -> Answer:
    sign = -1 if node.function == "sort_desc" else 1
    vector = evaluation.vector(node.arguments[0])
    return sorted(vector, key=lambda each: (math.isnan(each.value), sign * each.value))


def _relabel(evaluation: Evaluation, node: Call) -> Answer:
    vector = evaluation.vector(node.arguments[0])
    texts = [each.value for each in node.arguments[1:] if isinstance(each, Text)]
    return (label_replace if node.function == "label_replace" else label_join)(vector, *texts)


_OTHERS: dict[str, Function] = {
    "absent": _absent,
    "absent_over_time": _absent_over_time,
    "histogram_quantile": _histogram_quantile,
    "label_join": _relabel,
    "label_replace": _relabel,
    "predict_linear": _predict_linear,
    "quantile_over_time": _quantile_over_time,
    "scalar": _scalar,
    "sort": _sort,
    "sort_desc": _sort,
    "time": lambda evaluation, _: evaluation.at / NANOSECONDS,
    "timestamp": _timestamp,
    "vector": lambda evaluation, node: [Value({}, evaluation.scalar(node.arguments[0]))],
}

FUNCTIONS = frozenset({*ELEMENTWISE, *OVER_TIME, *_OTHERS})
"""The functions that we evaluate."""
