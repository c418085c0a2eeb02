"""
PromQL text -> nodes, by Prometheus' own grammar; what we can't evaluate is refused here.

The grammar and its type rules are those of `promql_parser`, which tells ranges, instant vectors and
scalars apart and counts arguments. Its errors and its tree go no further than this module.
"""

from __future__ import annotations

import re
from datetime import timedelta

import promql_parser as grammar

from clew.promql.aggregations import AGGREGATIONS
from clew.promql.calls import FUNCTIONS
from clew.promql.errors import ExpressionError
from clew.promql.labels import Grouping, by, without
from clew.promql.matchers import NAME, Matcher, Operator, equal
from clew.promql.nodes import (
    Aggregation,
    Call,
    Many,
    Matching,
    Negation,
    Node,
    Number,
    Operation,
    Selector,
    Text,
)
from clew.promql.operations import OPERATORS
from clew.promql.patterns import check_pattern
from clew.promql.trees import parse_tree

MAXIMUM_DEPTH = 100
"""Each level costs the evaluation four of Python's 1000 levels of calls."""

_LONGEST = timedelta(days=100 * 365)
"""Unix time in nanoseconds ends after 292 years."""

# By their texts, since the library's enums can't be keys.
_MATCH_OPERATORS = {
    "MatchOp.Equal": Operator.EQUAL,
    "MatchOp.NotEqual": Operator.NOT_EQUAL,
    "MatchOp.Re": Operator.MATCH,
    "MatchOp.NotRe": Operator.NOT_MATCH,
}
_SIDES = {
    "VectorMatchCardinality.ManyToOne": Many.LEFT,
    "VectorMatchCardinality.OneToMany": Many.RIGHT,
}
_UNKNOWN_FUNCTION = re.compile(r"unknown function with name '(\w+)'")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def parse_node(text: str) -> Node:
    """What a text means. Raises ExpressionError, and nothing else, whatever the text."""
    try:
        tree = parse_tree(text)
    except ExpressionError:
        raise
    except ValueError as error:
        raise _refusal(text, str(error)) from None
    node = _Reader(text).node(tree)
    if isinstance(node, Text):
        raise ExpressionError("a text has no value")
    if isinstance(node, Selector) and node.range is not None:
        raise ExpressionError("a range of samples is no value, but a function like rate makes one")
    return node


def _refusal(text: str, said: str) -> ExpressionError:
    unknown = _UNKNOWN_FUNCTION.match(said)
    if unknown is None:
        return ExpressionError(f"this is no PromQL: {said}")
    return ExpressionError(f"there is no function `{unknown[1]}`", _find(text, unknown[1]))


def _find(text: str, word: str) -> int | None:
    """Where a word stands in a text; None where that is not clear, for the tree doesn't say."""
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    return found[0] if len(found) == 1 else None


class _Reader:
    """One reading of one tree. Recursion is as deep as the tree, and that is limited."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0

    def node(self, tree: grammar.Expr) -> Node:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise ExpressionError(f"this is nested more than {MAXIMUM_DEPTH} levels deep")
        node = self._node(tree)
        self._depth -= 1
        return node

    def _node(self, tree: grammar.Expr) -> Node:  # noqa: PLR0911  (a line for each kind)
        match tree:
            case grammar.ParenExpr():
                return self.node(tree.expr)
            case grammar.NumberLiteral():
                return Number(tree.val)
            case grammar.StringLiteral():
                return Text(tree.val)
            case grammar.VectorSelector():
                return self._selector(tree, None)
            case grammar.MatrixSelector():
                return self._selector(tree.vector_selector, tree.range)
            case grammar.UnaryExpr():
                return Negation(self.node(tree.expr))
            case grammar.BinaryExpr():
                return self._operation(tree)
            case grammar.AggregateExpr():
                return self._aggregation(tree)
            case grammar.Call():
                return self._call(tree)
            case _:
                raise self._unsupported(f"a subquery like `{tree.prettify()}`")

    def _selector(self, tree: grammar.VectorSelector, reach: timedelta | None) -> Selector:
        if tree.at is not None:
            raise self._unsupported("`@`")
        if tree.matchers.or_matchers:
            raise self._unsupported("`or` between matchers")
        named = () if tree.name is None else (equal(NAME, tree.name),)
        matchers = (*named, *map(_matcher, tree.matchers.matchers))
        offset = 0 if tree.offset is None else _nanoseconds(tree.offset)
        return Selector(matchers, None if reach is None else _reach(reach), offset)

    def _operation(self, tree: grammar.BinaryExpr) -> Operation:
        operator = str(tree.op)
        if operator not in OPERATORS:
            raise self._unsupported(f"the operator `{operator}`", operator)
        left, right = self.node(tree.lhs), self.node(tree.rhs)
        matching = self._matching(tree.modifier)
        return_bool = tree.modifier is not None and tree.modifier.return_bool
        return Operation(operator, left, right, matching, return_bool)

    def _matching(self, modifier: grammar.BinModifier | None) -> Matching:
        if modifier is None:
            return Matching(without(()), None, (), keeps_name=True)
        fill = modifier.fill_values
        if fill.lhs is not None or fill.rhs is not None:
            raise self._unsupported("`fill`", "fill")
        many, included = _SIDES.get(str(modifier.card)), tuple(modifier.group_labels or ())
        if modifier.matching is None:
            return Matching(without(()), many, included, keeps_name=True)
        names = modifier.matching.labels
        if modifier.matching.type == grammar.LabelModifierType.Include:
            return Matching(by(names), many, included, keeps_name=False)
        return Matching(without(names), many, included, keeps_name=NAME not in names)

    def _aggregation(self, tree: grammar.AggregateExpr) -> Aggregation:
        operator = str(tree.op)
        if operator not in AGGREGATIONS:
            raise self._unsupported(f"the aggregation `{operator}`", operator)
        parameter = None if tree.param is None else self.node(tree.param)
        return Aggregation(operator, self.node(tree.expr), parameter, _grouping(tree.modifier))

    def _call(self, tree: grammar.Call) -> Call:
        name = tree.func.name
        if name not in FUNCTIONS:
            raise self._unsupported(f"the function `{name}`", name)
        call = Call(name, tuple(self.node(each) for each in tree.args))
        if name in {"label_replace", "label_join"}:
            _check_relabelling(call)
        return call

    def _unsupported(self, what: str, word: str | None = None) -> ExpressionError:
        return ExpressionError(
            f"this version can't evaluate {what}; rules that need it can be given to a Prometheus",
            None if word is None else _find(self._text, word),
        )


def _matcher(matcher: grammar.Matcher) -> Matcher:
    operator = _MATCH_OPERATORS[str(matcher.op)]
    if operator in {Operator.MATCH, Operator.NOT_MATCH}:
        check_pattern(matcher.value)
    return Matcher(matcher.name, operator, matcher.value)


def _grouping(modifier: grammar.AggModifier | None) -> Grouping:
    if modifier is None:
        return by(())
    if modifier.type == grammar.AggModifierType.By:
        return by(modifier.labels)
    return without(modifier.labels)


def _check_relabelling(call: Call) -> None:
    texts = [each.value for each in call.arguments if isinstance(each, Text)]
    names = (texts[0],) if call.function == "label_replace" else (texts[0], *texts[2:])
    for name in names:
        if not _LABEL.fullmatch(name):
            raise ExpressionError(f"`{name}` in {call.function} is no name of a label")
    if call.function == "label_replace":
        check_pattern(texts[3])


def _reach(duration: timedelta) -> int:
    if not duration:
        raise ExpressionError("a range has to be longer than 0")
    return _nanoseconds(duration)


def _nanoseconds(duration: timedelta) -> int:
    if abs(duration) > _LONGEST:
        raise ExpressionError("a duration has to be shorter than 100 years")
    return duration // timedelta(microseconds=1) * 1000
