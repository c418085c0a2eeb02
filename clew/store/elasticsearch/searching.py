"""
Requests for hits.

An answer is whole or an error: never the answer of those shards that happened to be there. Before
the first document there is no index, and a day may be deleted at any time: that is no error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from elastic_transport import ObjectApiResponse
from elasticsearch import AsyncElasticsearch

from clew.runtime.backoff import Backoff
from clew.runtime.clock import Deadline
from clew.runtime.errors import DeliveryError, TransientError
from clew.store.elasticsearch.failures import asking

MOST_HITS = 10_000
"""`index.max_result_window`: the most that one request may ask for."""

LENIENT: dict[str, Any] = {"ignore_unavailable": True, "allow_no_indices": True}

RawHit = Mapping[str, Any]
"""A hit as Elasticsearch gives it: `_index`, `_id`, `_source`, `sort`."""

_NO_SHARD = ("no_shard_available_action_exception", "rejected due to missing shards")
_NEW_SECONDS, _LONGEST_PAUSE = 5.0, 0.5
"""An index is there some tenths of a second before its shards can be searched: each midnight."""

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


class Searcher:
    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client

    async def search(self, deadline: Deadline, **request: Any) -> Mapping[str, Any]:
        """The answer to one search request over `index` or a `pit`."""
        # A point in time has its indices, and what to make of missing ones, from its opening.
        lenient = LENIENT if "index" in request else {}
        return await self._ask(
            deadline,
            lambda: self._client.search(
                **request, **lenient, allow_partial_search_results=False, filter_path=_ANSWER
            ),
        )

    async def scan(
        self,
        deadline: Deadline,
        index: str,
        size_after: Callable[[list[RawHit]], int],
        **request: Any,
    ) -> AsyncGenerator[list[RawHit], None]:
        """
        Every match in order, as of one moment, page by page.

        `size_after` a page, at first an empty one, says how many hits the next may have.
        """
        opened = await self._ask(
            deadline,
            lambda: self._client.open_point_in_time(
                index=index, keep_alive=_KEEP_ALIVE, ignore_unavailable=True
            ),
        )
        point, place = opened["id"], None
        page: list[RawHit] = []
        try:
            while True:
                size = size_after(page)
                pit = {"id": point, "keep_alive": _KEEP_ALIVE}
                answer = await self.search(
                    deadline, pit=pit, search_after=place, size=size, **request
                )
                point, page = answer["pit_id"], hits(answer)
                if page:
                    yield page
                if len(page) < size:
                    return
                place = page[-1]["sort"]
        finally:
            await self._close(point)

    async def _ask(
        self, deadline: Deadline, request: Callable[[], Awaitable[ObjectApiResponse[Any]]]
    ) -> Mapping[str, Any]:
        """The answer to a request, for which the shards of a new index may keep it waiting."""
        patience, backoff = Deadline.after(_NEW_SECONDS), Backoff(most_seconds=_LONGEST_PAUSE)
        while True:
            try:
                async with asking(self._client, deadline):
                    answer = await request()
                body: Mapping[str, Any] = answer.body
                return body
            except TransientError as error:
                is_new = any(words in str(error) for words in _NO_SHARD)
                if not is_new or patience.passed():
                    raise
            await asyncio.sleep(min(backoff.next(), deadline.remaining()))

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
