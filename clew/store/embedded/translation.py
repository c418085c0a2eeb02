"""
Nodes of a search -> tantivy queries, with exactly the meaning of `clew.search.evaluation`.

Nothing has to be filtered afterwards: the index holds whole values and the words as clew cuts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from tantivy import FieldType as ColumnType
from tantivy import Occur, Query, Schema

from clew.schema.fields import ID_FIELDS, NAMESPACE, TEXT_FIELDS, FieldType
from clew.search.evaluation import field_type
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words
from clew.search.words import words
from clew.store.embedded.index_schema import (
    COLLECTION,
    HIGHEST_LONG,
    KEY,
    LOWEST_LONG,
    TERMS,
    TIME,
    column_of,
    term_of,
)
from clew.store.protocols import BOTH, Question


def translate(question: Question, schema: Schema) -> Query:
    """
    Everything that a question asks for, its scope, bounds and collections included.

    Raises ValueError for a node that asks of a field what its type can't answer.
    """
    return _Translation(schema).question(question)


def with_keys(keys: list[str], schema: Schema) -> Query:
    return Query.term_set_query(schema, KEY, keys)


def between(column: str, low: int | None, high: int | None, schema: Schema) -> Query:
    """Documents whose column of signed integers holds a value in low..high, both included."""
    bottom = LOWEST_LONG if low is None else low
    top = HIGHEST_LONG if high is None else high
    if bottom > HIGHEST_LONG or top < LOWEST_LONG:
        return Query.empty_query()
    return Query.range_query(
        schema, column, ColumnType.Integer, max(bottom, LOWEST_LONG), min(top, HIGHEST_LONG)
    )


def all_of(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries or [Query.all_query()]])


def any_of(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


class _Translation:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def question(self, question: Question) -> Query:
        parts = [self.node(question.query)]
        if set(question.collections) != set(BOTH):
            named = [str(collection) for collection in question.collections]
            parts.append(Query.term_set_query(self._schema, COLLECTION, named))
        if question.scope.namespaces is not None:
            parts.append(self._terms(NAMESPACE, sorted(question.scope.namespaces)))
        if question.since is not None or question.until is not None:
            last = None if question.until is None else question.until - 1
            parts.append(between(TIME, question.since, last, self._schema))
        return all_of(parts)

    def node(self, node: Node) -> Query:  # noqa: PLR0911  (a line for each node)
        match node:
            case Everything():
                return Query.all_query()
            case Words(text, field):
                return self._words(text, field)
            case Term(field, values):
                return self._term(field, values)
            case Prefix(field, start):
                return self._prefix(field, start)
            case Range(field, low, high):
                return between(self._column(field), low, high, self._schema)
            case Exists(field):
                return Query.term_query(self._schema, TERMS, field)
            case And(nodes):
                return all_of([self.node(each) for each in nodes])
            case Or(nodes):
                return any_of([self.node(each) for each in nodes])
            case Not(inner):
                everything = (Occur.Must, Query.all_query())
                return Query.boolean_query([everything, (Occur.MustNot, self.node(inner))])
            case _:
                assert_never(node)

    def _words(self, text: str, field: str | None) -> Query:
        wanted = words(text)
        if field is not None:
            return self._phrase(field, wanted)
        values = [term_of(name, text) for name in _WHOLE_VALUES]
        exact = Query.term_set_query(self._schema, TERMS, values)
        return any_of([exact, *(self._phrase(name, wanted) for name in TEXT_FIELDS)])

    def _phrase(self, field: str, wanted: list[str]) -> Query:
        _expect(field, FieldType.TEXT)
        match wanted:
            case []:
                return Query.empty_query()
            case [word]:
                return Query.term_query(self._schema, field, word)
            case _:
                return Query.phrase_query(self._schema, field, list(wanted))

    def _term(self, field: str, values: tuple[str, ...]) -> Query:
        if field_type(field) is FieldType.LONG:
            numbers = [int(value) for value in values if value.removeprefix("-").isdecimal()]
            return any_of([between(field, number, number, self._schema) for number in numbers])
        _expect(field, FieldType.KEYWORD, FieldType.LABELS)
        return self._terms(field, values)

    def _terms(self, name: str, values: Sequence[str]) -> Query:
        return Query.term_set_query(self._schema, TERMS, [term_of(name, value) for value in values])

    def _prefix(self, field: str | None, start: str) -> Query:
        if field is None:
            return any_of([self._prefix(name, start) for name in (*TEXT_FIELDS, *_WHOLE_VALUES)])
        _expect(field, FieldType.KEYWORD, FieldType.LABELS, FieldType.TEXT)
        if field in TEXT_FIELDS:
            return self._begins(field, start.lower())
        return self._begins(TERMS, term_of(field, start))

    def _begins(self, indexed: str, start: str) -> Query:
        # At distance 0 the fuzzy query is an exact prefix without a limit. A regex is refused when
        # long, and the last word of a phrase-prefix expands to 50 terms only.
        return Query.fuzzy_term_query(self._schema, indexed, start, distance=0, prefix=True)

    def _column(self, field: str) -> str:
        _expect(field, FieldType.LONG, FieldType.TIME)
        return column_of(field)


_WHOLE_VALUES = (*ID_FIELDS, "labels")
"""Where a text without a field is looked for as a whole value."""


def _expect(field: str, *types: FieldType) -> None:
    if field_type(field) not in types:
        raise ValueError(f"{field} can't be asked for this: it is no {' nor '.join(types)} field")
