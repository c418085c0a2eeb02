"""Questions put to Elasticsearch, and the order of their hits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.schema.fields import GENERATION, OFFSET, TIMESTAMP
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.searching import MOST_HITS, RawHit, Searcher, hits
from clew.store.elasticsearch.translation import query_of
from clew.store.elasticsearch.unfit import put_back
from clew.store.protocols import BOTH, Cursor, Hit, Question

_PAGE_HITS = 1_000
_IDS = 1_000


class Reader:
    def __init__(self, client: AsyncElasticsearch, indices: Indices) -> None:
        self._searcher, self._indices = Searcher(client), indices

    async def ask(self, question: Question, **request: Any) -> Mapping[str, Any]:
        """The answer to one search request; `request` says what of the matches is wanted."""
        return await self._searcher.search(
            question.deadline,
            index=self._indices.pattern(question.collections),
            query=query_of(question),
            track_total_hits=True,
            **request,
        )

    async def matches(self, question: Question) -> AsyncGenerator[RawHit, None]:
        """Every match in order, as of one moment, a page at a time."""
        pages = self._searcher.scan(
            question.deadline,
            self._indices.pattern(question.collections),
            lambda _: _PAGE_HITS,
            query=query_of(question),
            sort=order(),
        )
        async with aclosing(pages):
            async for page in pages:
                for hit in page:
                    yield hit

    async def find(
        self, ids: Sequence[str], deadline: Deadline, collections: Sequence[Collection] = BOTH
    ) -> list[RawHit]:
        """The searchable documents of these IDs; two of one that is in both collections."""
        unique = list(dict.fromkeys(ids))
        found: list[RawHit] = []
        for start in range(0, len(unique), _IDS):
            answer = await self._searcher.search(
                deadline,
                index=self._indices.pattern(collections),
                query={"ids": {"values": unique[start : start + _IDS]}},
                size=MOST_HITS,
            )
            found += hits(answer)
        return found

    def hit(self, raw: RawHit) -> Hit:
        collection = self._indices.collection_of(raw["_index"])
        return Hit(raw["_id"], collection, put_back(raw["_source"]))


def order(*, newest_first: bool = False) -> list[dict[str, Any]]:
    """Time, file, offset; what has no file stands before what has."""
    direction, without = ("desc", "_last") if newest_first else ("asc", "_first")
    return [
        {
            TIMESTAMP: {
                "order": direction,
                "numeric_type": "date_nanos",
                "unmapped_type": "date_nanos",
            }
        },
        {GENERATION: {"order": direction, "missing": without, "unmapped_type": "keyword"}},
        {OFFSET: {"order": direction, "missing": 0, "unmapped_type": "long"}},
    ]


def place_of(cursor: Cursor) -> list[Any]:
    """A cursor as `search_after` wants it."""
    return [cursor.time, cursor.generation or None, cursor.offset]


def cursor_of(raw: RawHit) -> Cursor:
    time, generation, offset = raw["sort"]
    return Cursor(time, generation or "", offset)
