"""
Hits in the order of a search: by all columns of PLACE.

tantivy sorts by one column. So the first hits by the first column are asked for; all but those
that share its last value are complete, and among these the next column decides, and so on. That
takes at most one query a column, however many documents share a time.
"""

from __future__ import annotations

from typing import cast

from tantivy import DocAddress, Order, Query, Schema, Searcher
from tantivy import FieldType as ColumnType

from clew.store.embedded.index_schema import FILE_HEAD, FILE_TAIL, PLACE, halves_of
from clew.store.embedded.translation import all_of, any_of
from clew.store.protocols import Cursor

Place = tuple[int, ...]
"""The values of the columns of PLACE."""


class Ordering:
    """One reading direction over what a searcher sees."""

    def __init__(self, searcher: Searcher, schema: Schema, *, newest_first: bool = False) -> None:
        self._searcher = searcher
        self._schema = schema
        self._newest_first = newest_first
        self._order = Order.Desc if newest_first else Order.Asc

    def first(self, query: Query, limit: int) -> list[DocAddress]:
        """The first `limit` (at least 1) matches in order."""
        return self._first(query, PLACE, limit)

    def _first(self, query: Query, columns: tuple[str, ...], limit: int) -> list[DocAddress]:
        column, *others = columns
        hits = self._searcher.search(
            query, limit=limit, count=False, order_by_field=column, order=self._order
        ).hits
        if len(hits) < limit or not others:
            return self._sorted(hits, others)
        last = cast("int", hits[-1][0])
        complete = self._sorted([hit for hit in hits if hit[0] != last], others)
        ties = all_of([query, self._only(column, last)])
        return complete + self._first(ties, tuple(others), limit - len(complete))

    def _sorted(self, hits: list[tuple[int, DocAddress]], others: list[str]) -> list[DocAddress]:
        addresses = [address for _, address in hits]
        columns = [self._searcher.fast_field_values(name, addresses) for name in others]
        places = list(zip((value for value, _ in hits), *columns, strict=True))
        rows = sorted(range(len(hits)), key=places.__getitem__, reverse=self._newest_first)
        return [addresses[row] for row in rows]

    def beyond(self, cursor: Cursor) -> Query:
        """What stands after a cursor, in this direction."""
        place = (cursor.time, *halves_of(cursor.generation), cursor.offset)
        # Either a column is beyond while those before it are equal, for each column in turn.
        return any_of(
            [
                all_of(
                    [self._only(*pair) for pair in zip(PLACE[:index], place, strict=False)]
                    + [self._further(column, value)]
                )
                for index, (column, value) in enumerate(zip(PLACE, place, strict=True))
            ]
        )

    def _only(self, column: str, value: int) -> Query:
        return Query.range_query(self._schema, column, _type(column), value, value)

    def _further(self, column: str, value: int) -> Query:
        """Strictly beyond a value of a column."""
        if self._newest_first:
            return Query.range_query(
                self._schema, column, _type(column), None, value, include_upper=False
            )
        return Query.range_query(self._schema, column, _type(column), value, include_lower=False)


def _type(column: str) -> ColumnType:
    return ColumnType.Unsigned if column in {FILE_HEAD, FILE_TAIL} else ColumnType.Integer
