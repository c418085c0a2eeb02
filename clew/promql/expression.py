"""
PromQL expressions: a machine that says which samples it wants, and is fed.

    expression = parse(text)
    fed = {wanted: series of a store for wanted in selectors(expression, at)}
    values = evaluate(expression, fed, at)

What is supported, and whose semantics: docs/promql.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from clew.promql.errors import EvaluationError, ExpressionError
from clew.promql.evaluation import Evaluation, Fed, all_wanted
from clew.promql.nodes import Node
from clew.promql.parsing import parse_node
from clew.promql.values import Series, Value, Wanted

__all__ = [
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Fed",
    "Series",
    "Value",
    "Wanted",
    "evaluate",
    "parse",
    "selectors",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """`text` as it was written, and what it means."""

    text: str
    root: Node


def parse(text: str) -> Expression:
    """What a text means. Raises ExpressionError for all that `evaluate` could not do."""
    return Expression(text, parse_node(text))


def selectors(expression: Expression, at: int) -> list[Wanted]:
    """Which samples the value at a moment (Unix nanoseconds) depends on; each once."""
    return all_wanted(expression.root, at)


def evaluate(expression: Expression, fed: Fed, at: int) -> list[Value]:
    """
    The value at a moment: an element for each label set, or of a scalar one without labels.

    `fed` has an entry for each of `selectors(expression, at)`. Raises EvaluationError where what
    is there makes the expression ambiguous.
    """
    answer = Evaluation(fed, at).value(expression.root)
    return answer if isinstance(answer, list) else [Value({}, answer)]
