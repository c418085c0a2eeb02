"""
Operators between two values: scalars, a vector and a scalar, or two vectors.

Between vectors an operation finds its partners by labels: each series of one side meets the one of
the other side that has the same, the metric's name left out. What has no partner is left out. A
comparison keeps the left value of those for which it holds; with `bool` it is 1 or 0 for each.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from clew.promql.arithmetic import ARITHMETIC, COMPARISONS
from clew.promql.errors import EvaluationError
from clew.promql.labels import Grouping, check_distinct, without_empty, without_name, written
from clew.promql.matchers import NAME
from clew.promql.nodes import Many, Operation
from clew.promql.values import Answer, Labels, Value

SETS = frozenset({"and", "or", "unless"})
OPERATORS = frozenset({*ARITHMETIC, *COMPARISONS, *SETS})

Element = Callable[[float, float], float | None]
"""What becomes of two values; None: nothing."""


def operate(operation: Operation, left: Answer, right: Answer) -> Answer:
    """The value of an operation. Raises EvaluationError where partners are ambiguous."""
    if isinstance(left, list) and isinstance(right, list):
        if operation.operator in SETS:
            return check_distinct(_set(operation, left, right))
        return check_distinct(_match(operation, left, right))
    element = _element(operation, keeps_right=isinstance(right, list))
    if isinstance(left, list):
        assert not isinstance(right, list)
        scalar = right
        return _each(operation, left, lambda value: element(value, scalar))
    if isinstance(right, list):
        return _each(operation, right, lambda value: element(left, value))
    return _of_scalars(operation, left, right)


def _of_scalars(operation: Operation, left: float, right: float) -> float:
    if operation.operator in ARITHMETIC:
        return ARITHMETIC[operation.operator](left, right)
    return float(COMPARISONS[operation.operator](left, right))


def _element(operation: Operation, *, keeps_right: bool = False) -> Element:
    if operation.operator in ARITHMETIC:
        return ARITHMETIC[operation.operator]
    holds = COMPARISONS[operation.operator]
    if operation.return_bool:
        return lambda left, right: float(holds(left, right))
    if keeps_right:
        return lambda left, right: right if holds(left, right) else None
    return lambda left, right: left if holds(left, right) else None


def _renames(operation: Operation) -> bool:
    """Whether the value is another than what the metric says."""
    return operation.return_bool or operation.operator in ARITHMETIC


def _each(
    operation: Operation, vector: list[Value], element: Callable[[float], float | None]
) -> list[Value]:
    named: Callable[[Labels], Labels] = without_name if _renames(operation) else lambda same: same
    results = ((each.labels, element(each.value)) for each in vector)
    return check_distinct(
        [Value(named(labels), value) for labels, value in results if value is not None]
    )


def _set(operation: Operation, left: list[Value], right: list[Value]) -> list[Value]:
    key = operation.matching.grouping.key
    if operation.operator == "or":
        there = {key(each.labels) for each in left}
        return left + [each for each in right if key(each.labels) not in there]
    there = {key(each.labels) for each in right}
    wanted = operation.operator == "and"
    return [each for each in left if (key(each.labels) in there) is wanted]


def _match(operation: Operation, left: list[Value], right: list[Value]) -> list[Value]:
    if not left or not right:
        return []  # also where the other side is ambiguous, as in Prometheus
    matching, element = operation.matching, _element(operation)
    swapped = matching.many is Many.RIGHT
    many, one = (right, left) if swapped else (left, right)
    partners = _partners(matching.grouping, one)
    results: list[Value] = []
    met: set[Hashable] = set()
    for each in many:
        key = matching.grouping.key(each.labels)
        partner = partners.get(key)
        if partner is None:
            continue
        pair = (partner.value, each.value) if swapped else (each.value, partner.value)
        value = element(*pair)
        if value is None:
            continue
        if matching.many is None and key in met:
            raise _several(each)
        met.add(key)
        results.append(Value(_labels(operation, each.labels, partner.labels), value))
    return results


def _several(one_of_them: Value) -> EvaluationError:
    return EvaluationError(
        f"several series of the left side, one of them {written(one_of_them.labels)}, meet one of"
        " the right side; where that is meant, group_left says so"
    )


def _partners(grouping: Grouping, vector: list[Value]) -> dict[Hashable, Value]:
    partners: dict[Hashable, Value] = {}
    for each in vector:
        other = partners.setdefault(grouping.key(each.labels), each)
        if other is not each:
            both = f"{written(other.labels)} and {written(each.labels)}"
            raise EvaluationError(f"the same series would meet two of the other side: {both}")
    return partners


def _labels(operation: Operation, labels: Labels, partner: Labels) -> Labels:
    """Of a result: from the side of many, or where both are one, what was compared."""
    matching = operation.matching
    if _renames(operation):
        labels = without_name(labels)
    if matching.many is not None:
        included = {name: partner.get(name, "") for name in matching.included}
        return without_empty({**labels, **included})
    kept = matching.grouping.kept(labels)
    if matching.keeps_name and NAME in labels:
        return {NAME: labels[NAME], **kept}
    return kept
