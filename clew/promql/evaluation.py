"""
The value of an expression at one moment, from the series it wanted.

Nothing here finds that something is not supported: what was parsed can be evaluated. The one error
is EvaluationError, where the series that are there make the expression ambiguous.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from clew.promql.aggregations import aggregate
from clew.promql.calls import call
from clew.promql.labels import check_distinct, without_empty, without_name
from clew.promql.nodes import (
    Aggregation,
    Call,
    Negation,
    Node,
    Number,
    Operation,
    Selector,
    Text,
    inner_nodes,
)
from clew.promql.operations import operate
from clew.promql.rates import NANOSECONDS
from clew.promql.values import Answer, Labels, Series, Value, Wanted
from clew.promql.windows import LOOK_BACK, Window, find_latest, find_window

Fed = Mapping[Wanted, Sequence[Series]]
"""For everything wanted its series; samples outside the wanted time change nothing."""


def wanted_by(selector: Selector, at: int) -> Wanted:
    """The samples that a selector looks at."""
    until = at - selector.offset
    reach = LOOK_BACK if selector.range is None else selector.range
    return Wanted(selector.matchers, until - reach, until)


def all_wanted(node: Node, at: int) -> list[Wanted]:
    """Each once, in the order in which they are written."""
    if isinstance(node, Selector):
        return [wanted_by(node, at)]
    inner = (wanted for each in inner_nodes(node) for wanted in all_wanted(each, at))
    return list(dict.fromkeys(inner))


class Evaluation:
    """One evaluation of one expression. `at` is the moment in Unix nanoseconds."""

    def __init__(self, fed: Fed, at: int) -> None:
        self._fed, self.at = fed, at

    def value(self, node: Node) -> Answer:
        match node:
            case Number(value):
                return value
            case Selector():
                return self._latest(node)
            case Negation(inner):
                return self._negated(self.value(inner))
            case Operation(_, left, right):
                return operate(node, self.value(left), self.value(right))
            case Aggregation(operator, inner, parameter, grouping):
                given = None if parameter is None else self.scalar(parameter)
                return aggregate(operator, grouping, self.vector(inner), given)
            case Call():
                return _checked(call(self, node))
            case Text():
                raise AssertionError("a text is no value, and parsing lets none through")
            case _:
                assert_never(node)

    def scalar(self, node: Node) -> float:
        value = self.value(node)
        assert isinstance(value, float)
        return value

    def vector(self, node: Node) -> list[Value]:
        value = self.value(node)
        assert isinstance(value, list)
        return value

    def windows(self, node: Node) -> list[tuple[Labels, Window]]:
        """Of each series what a range selector finds, where that is anything."""
        assert isinstance(node, Selector)
        wanted = wanted_by(node, self.at)
        found = (
            (without_empty(series.labels), find_window(series, wanted.since, wanted.until))
            for series in self._fed[wanted]
        )
        return [(labels, window) for labels, window in found if window is not None]

    def sample_times(self, selector: Selector) -> list[Value]:
        """When the samples were taken that an instant selector finds, in seconds."""
        return [
            Value(without_name(labels), series.times[index] / NANOSECONDS)
            for labels, series, index in self._found(selector)
        ]

    def _latest(self, selector: Selector) -> list[Value]:
        return [
            Value(labels, series.values[index]) for labels, series, index in self._found(selector)
        ]

    def _found(self, selector: Selector) -> list[tuple[Labels, Series, int]]:
        wanted = wanted_by(selector, self.at)
        found = ((series, find_latest(series, wanted.until)) for series in self._fed[wanted])
        return [
            (without_empty(series.labels), series, index)
            for series, index in found
            if index is not None
        ]

    @staticmethod
    def _negated(answer: Answer) -> Answer:
        if isinstance(answer, float):
            return -answer
        return check_distinct([Value(without_name(labels), -value) for labels, value in answer])


def _checked(answer: Answer) -> Answer:
    return answer if isinstance(answer, float) else check_distinct(answer)
