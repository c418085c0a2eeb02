"""
Searches of Elasticsearch, and the order of their hits.

An answer is whole or an error: never the answer of those shards that happened to be there. Before
the first document there is no index, and a day may be deleted at any time: that is no error.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import Deadline
from clew.runtime.errors import DeliveryError
from clew.schema.fields import GENERATION, OFFSET, TIMESTAMP
from clew.store.elasticsearch.failures import asking
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.translation import query_of
from clew.store.elasticsearch.unfit import put_back
from clew.store.protocols import BOTH, Cursor, Hit, Question

MOST_HITS = 10_000
"""`index.max_result_window`: the most that one request may ask for."""

LENIENT: dict[str, Any] = {"ignore_unavailable": True, "allow_no_indices": True}

RawHit = Mapping[str, Any]
"""A hit as Elasticsearch gives it: `_index`, `_id`, `_source`, `sort`."""

_PAGE_HITS = 1_000
_IDS = 1_000
_KEEP_ALIVE = "5m"
_CLOSE_SECONDS = 5.0
_ABSENT = 404
_ANSWER = (
    "pit_id",
    "hits.total",
    "hits.hits._id",
    "hits.hits._index",
    "hits.hits._source",
    "hits.hits.sort",
    "aggregations",
)
"""All of an answer that is read here."""


class Reader:
    def __init__(self, client: AsyncElasticsearch, indices: Indices) -> None:
        self._client, self._indices = client, indices

    async def ask(self, question: Question, **request: Any) -> Mapping[str, Any]:
        """The answer to one search request; `request` says what of the matches is wanted."""
        return await self._search(
            question.deadline,
            index=self._indices.pattern(question.collections),
            query=query_of(question),
            track_total_hits=True,
            **request,
        )

    async def matches(self, question: Question) -> AsyncGenerator[RawHit, None]:
        """Every match in order, as of one moment, a page at a time."""
        async with asking(self._client, question.deadline):
            opened = await self._client.open_point_in_time(
                index=self._indices.pattern(question.collections),
                keep_alive=_KEEP_ALIVE,
                ignore_unavailable=True,
            )
        point, place = opened["id"], None
        try:
            while True:
                answer = await self._search(
                    question.deadline,
                    pit={"id": point, "keep_alive": _KEEP_ALIVE},
                    query=query_of(question),
                    sort=order(),
                    search_after=place,
                    size=_PAGE_HITS,
                )
                point, page = answer["pit_id"], hits(answer)
                for hit in page:
                    yield hit
                if len(page) < _PAGE_HITS:
                    return
                place = page[-1]["sort"]
        finally:
            await self._close(point)

    async def find(self, ids: Sequence[str], deadline: Deadline) -> list[RawHit]:
        """The searchable documents of these IDs, in both collections."""
        unique = list(dict.fromkeys(ids))
        found: list[RawHit] = []
        for start in range(0, len(unique), _IDS):
            answer = await self._search(
                deadline,
                index=self._indices.pattern(BOTH),
                query={"ids": {"values": unique[start : start + _IDS]}},
                size=MOST_HITS,
            )
            found += hits(answer)
        return found

    def hit(self, raw: RawHit) -> Hit:
        collection = self._indices.collection_of(raw["_index"])
        return Hit(raw["_id"], collection, put_back(raw["_source"]))

    async def _search(self, deadline: Deadline, **request: Any) -> Mapping[str, Any]:
        # A point in time has its indices, and what to make of missing ones, from its opening.
        lenient = LENIENT if "index" in request else {}
        async with asking(self._client, deadline):
            answer = await self._client.search(
                **request, **lenient, allow_partial_search_results=False, filter_path=_ANSWER
            )
        body: Mapping[str, Any] = answer.body
        return body

    async def _close(self, point: str) -> None:
        try:
            async with asking(self._client, Deadline.after(_CLOSE_SECONDS)):
                await self._client.options(ignore_status=_ABSENT).close_point_in_time(id=point)
        except (DeliveryError, TimeoutError):
            return  # it closes by itself after _KEEP_ALIVE


def hits(answer: Mapping[str, Any]) -> list[RawHit]:
    """The hits of an answer; `filter_path` leaves an empty list out."""
    found: list[RawHit] = answer.get("hits", {}).get("hits", [])
    return found


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
