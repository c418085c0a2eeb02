"""Answers of the index as one commit left it. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson
from tantivy import DocAddress

from clew.schema.document import Collection
from clew.schema.fields import GENERATION
from clew.store.embedded.index import Index, count_matches
from clew.store.embedded.index_schema import (
    COLLECTION,
    KEY,
    MILLISECOND,
    NANOSECONDS_PER_MILLISECOND,
    PLACE_OFFSET,
    SOURCE,
    TERMS,
    TIME,
    term_of,
)
from clew.store.embedded.ordering import Ordering
from clew.store.embedded.translation import all_of, translate, with_keys
from clew.store.protocols import Bucket, Cursor, Facet, Hit, Page, Question


class View:
    def __init__(self, index: Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()

    def page(
        self, question: Question, limit: int, after: Cursor | None, newest_first: bool
    ) -> Page:
        hits, following = self.hits(question, limit, after, newest_first=newest_first)
        return Page(hits, self.count(question), following)

    def hits(
        self,
        question: Question,
        limit: int,
        after: Cursor | None,
        *,
        newest_first: bool = False,
    ) -> tuple[list[Hit], Cursor | None]:
        """The next hits, and the place of the last one if more follow."""
        ordering = Ordering(self._searcher, self._schema, newest_first=newest_first)
        query = translate(question, self._schema)
        if after is not None:
            query = all_of([query, ordering.beyond(after)])
        addresses = ordering.first(query, limit + 1)
        hits = [self._hit(address) for address in addresses[:limit]]
        if len(addresses) <= limit:
            return hits, None
        return hits, self._cursor(addresses[limit - 1], hits[-1])

    def count(self, question: Question) -> int:
        return count_matches(self._searcher, translate(question, self._schema))

    def histogram(self, question: Question, interval: int) -> list[Bucket]:
        """Buckets of whole milliseconds; ValueError for another interval."""
        milliseconds, rest = divmod(interval, NANOSECONDS_PER_MILLISECOND)
        if rest or milliseconds <= 0:
            raise ValueError(f"an interval is a number of whole milliseconds, not {interval} ns")
        # tantivy counts in floats, which hold milliseconds since 1970 exactly, nanoseconds not.
        steps = {
            "field": MILLISECOND,
            "interval": milliseconds,
            "min_doc_count": 1,
        }
        answer = self._searcher.aggregate(
            translate(question, self._schema), {"steps": {"histogram": steps}}
        )
        return [
            Bucket(int(bucket["key"]) * NANOSECONDS_PER_MILLISECOND, bucket["doc_count"])
            for bucket in answer["steps"]["buckets"]
        ]

    def facets(self, question: Question, name: str, limit: int) -> list[Facet]:
        start = term_of(name, "")
        counted = self._searcher.terms_with_prefix(
            TERMS, start, filter_query=translate(question, self._schema)
        )
        facets = [Facet(term.removeprefix(start), count) for term, count in counted if count]
        return sorted(facets, key=lambda facet: (-facet.count, facet.value))[:limit]

    def by_id(self, ids: Sequence[str]) -> dict[str, Hit]:
        if not ids:
            return {}
        query = with_keys(list(ids), self._schema)
        found = self._searcher.search(query, limit=len(ids), count=False).hits
        hits = [self._hit(address) for _, address in found]
        return {hit.id: hit for hit in hits}

    def _hit(self, address: DocAddress) -> Hit:
        document = self._searcher.doc(address)
        collection = Collection(str(document.get_first(COLLECTION)))
        source: bytes = document[SOURCE][0]
        return Hit(str(document.get_first(KEY)), collection, orjson.loads(source))

    def _cursor(self, address: DocAddress, hit: Hit) -> Cursor:
        time, offset = (
            cast("int", self._searcher.fast_field_values(column, [address])[0])
            for column in (TIME, PLACE_OFFSET)
        )
        return Cursor(time, str(hit.source.get(GENERATION, "")), offset)
