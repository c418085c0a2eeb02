"""
Search nodes -> Elasticsearch's query DSL.

Every query is a filter: nothing is scored. What `clew.search.evaluation` says a node means, the
query finds exactly, with these exceptions: values longer than `templates.IGNORE_ABOVE` are not
found, and `Term` on a TEXT field finds its words in a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from clew.schema.fields import ID_FIELDS, NAMESPACE, TEXT_FIELDS, TIMESTAMP, FieldType
from clew.schema.timestamps import format_rfc3339
from clew.search.evaluation import field_type
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words
from clew.store.protocols import Question

Query = dict[str, Any]

EVERYTHING: Query = {"match_all": {}}
NOTHING: Query = {"match_none": {}}

_LABELS = "labels"
_LONG_MAX = 2**63 - 1
_BOUNDS = {
    FieldType.LONG: (-(2**63), _LONG_MAX),
    FieldType.TIME: (0, _LONG_MAX),  # date_nanos holds 1970 to 2262
}


def query_of(question: Question) -> Query:
    """Everything a question says: its query, its bounds of time, its scope."""
    conditions = [translate(question.query)]
    if question.since is not None or question.until is not None:
        last = None if question.until is None else question.until - 1
        conditions.append(translate(Range(TIMESTAMP, question.since, last)))
    if question.scope.namespaces is not None:
        conditions.append({"terms": {NAMESPACE: sorted(question.scope.namespaces)}})
    return {"bool": {"filter": conditions}}


def translate(node: Node) -> Query:  # noqa: PLR0911  (a line for each node)
    match node:
        case Everything():
            return EVERYTHING
        case Words(text, field):
            return _words(text, field)
        case Term(field, values):
            return _term(field, values)
        case Prefix(field, start):
            return _prefix(field, start)
        case Range():
            return _range(node)
        case Exists(field):
            return {"exists": {"field": field}}
        case And(nodes):
            return (
                {"bool": {"filter": [translate(each) for each in nodes]}} if nodes else EVERYTHING
            )
        case Or(nodes):
            return _any(map(translate, nodes))
        case Not(inner):
            return {"bool": {"must_not": [translate(inner)]}}
        case _:
            assert_never(node)


def _any(queries: Iterable[Query]) -> Query:
    alternatives = list(queries)
    if not alternatives:
        return NOTHING
    return {"bool": {"should": alternatives, "minimum_should_match": 1}}


def _words(text: str, field: str | None) -> Query:
    if field is not None:
        return {"match_phrase": {field: text}}
    in_a_row = {"query": text, "type": "phrase", "fields": list(TEXT_FIELDS)}
    whole = [{"term": {name: text}} for name in (*ID_FIELDS, _LABELS)]
    return _any([{"multi_match": in_a_row}, *whole])


def _term(field: str, values: tuple[str, ...]) -> Query:
    match field_type(field):
        case FieldType.TEXT:
            return _any({"match_phrase": {field: value}} for value in values)
        case FieldType.LONG:
            low, high = _BOUNDS[FieldType.LONG]
            numbers = (int(each) for each in values if each.removeprefix("-").isdecimal())
            return {"terms": {field: [each for each in numbers if low <= each <= high]}}
        case _:
            return {"terms": {field: list(values)}}


def _prefix(field: str | None, start: str) -> Query:
    if field is None:
        return _any(_prefix(each, start) for each in (*TEXT_FIELDS, *ID_FIELDS, _LABELS))
    match field_type(field):
        case FieldType.TEXT:
            return {"prefix": {field: start.lower()}}
        case FieldType.KEYWORD | FieldType.LABELS:
            return {"prefix": {field: start}}
        case _:
            return NOTHING


def _range(node: Range) -> Query:
    kind = field_type(node.field)
    if kind is None or kind not in _BOUNDS:
        return NOTHING
    # Bounds that the field can't hold would be refused, not understood.
    lowest, highest = _BOUNDS[kind]
    low = lowest if node.low is None else max(lowest, node.low)
    high = highest if node.high is None else min(highest, node.high)
    if low > high:
        return NOTHING
    if kind is FieldType.TIME:
        return {"range": {node.field: {"gte": format_rfc3339(low), "lte": format_rfc3339(high)}}}
    return {"range": {node.field: {"gte": low, "lte": high}}}
