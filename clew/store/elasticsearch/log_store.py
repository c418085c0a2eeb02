"""
The LogStore over Elasticsearch.

An ID is created at most once in the index of its day, and a document's day never changes, so the
first write wins for ever. An acknowledged document is in the server's transaction log on disk; it
becomes searchable with the next refresh, which `visible_up_to` brings about.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Self

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.schema.document import Collection, Document
from clew.schema.fields import TIMESTAMP
from clew.store.config import StoreConfig
from clew.store.elasticsearch.connecting import PATIENCE_SECONDS, connect_and_prepare
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.reading import Reader, cursor_of, order, place_of
from clew.store.elasticsearch.searching import MOST_HITS, RawHit, hits
from clew.store.elasticsearch.templates import log_templates
from clew.store.elasticsearch.upkeep import UPKEEP_SECONDS, delete_before, refresh
from clew.store.elasticsearch.writing import Writer
from clew.store.protocols import BOTH, Bucket, Cursor, Facet, Hit, Page, Question, Result

_MILLISECOND = 1_000_000

_FACET_CANDIDATES = 1_000
"""Values that each day's shard names at least: a value outside all of these is not counted."""


class ElasticsearchLogStore:
    def __init__(
        self, client: AsyncElasticsearch, indices: Indices, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        """The store owns the client: it closes it."""
        self._client, self._indices, self._clock = client, indices, clock
        self._reader, self._writer = Reader(client, indices), Writer(client, indices)

    @classmethod
    async def open(
        cls,
        config: StoreConfig,
        *,
        writable: bool,
        replicas: int | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> Self:
        """
        The store of a configuration; where it is `writable`, the cluster has our templates.

        `replicas` None leaves their number to the cluster. A writer waits up to `patience_seconds`
        for the cluster; a reader has asked for nothing yet. Raises as `connect_and_prepare`.
        """
        indices = Indices(config.index_prefix)
        templates = log_templates(indices, replicas) if writable else {}
        return cls(await connect_and_prepare(config, templates, patience_seconds), indices)

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        return await self._writer.write(documents, deadline)

    async def release(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        return await self._writer.release(documents, deadline)

    async def search(
        self,
        question: Question,
        *,
        limit: int,
        after: Cursor | None = None,
        newest_first: bool = False,
    ) -> Page:
        place = None if after is None else place_of(after)
        found: list[RawHit] = []
        while True:
            # One more than asked for tells whether there is a next page.
            size = min(MOST_HITS, limit + 1 - len(found))
            answer = await self._reader.ask(
                question, sort=order(newest_first=newest_first), search_after=place, size=size
            )
            some = hits(answer)
            found += some
            if len(some) < size or len(found) > limit:
                break
            place = some[-1]["sort"]
        page = found[:limit]
        following = cursor_of(page[-1]) if page and len(found) > limit else None
        return Page([self._reader.hit(raw) for raw in page], _total(answer), following)

    async def scan(self, question: Question) -> AsyncIterator[Hit]:
        async with aclosing(self._reader.matches(question)) as matches:
            async for raw in matches:
                yield self._reader.hit(raw)

    async def count(self, question: Question) -> int:
        return _total(await self._reader.ask(question, size=0))

    async def histogram(self, question: Question, interval: int) -> list[Bucket]:
        """Raises ValueError for an interval that is no whole number of milliseconds."""
        if interval <= 0 or interval % _MILLISECOND:
            raise ValueError(f"{interval} ns is no whole number of milliseconds")
        steps = {"fixed_interval": f"{interval // _MILLISECOND}ms", "min_doc_count": 1}
        buckets = await self._buckets(question, {"date_histogram": {"field": TIMESTAMP} | steps})
        return [Bucket(bucket["key"] * _MILLISECOND, bucket["doc_count"]) for bucket in buckets]

    async def facets(self, question: Question, name: str, limit: int) -> list[Facet]:
        terms = {
            "field": name,
            "size": limit,
            "shard_size": max(_FACET_CANDIDATES, limit),
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
        buckets = await self._buckets(question, {"terms": terms})
        return [Facet(str(bucket["key"]), bucket["doc_count"]) for bucket in buckets]

    async def _buckets(
        self, question: Question, aggregation: Mapping[str, Any]
    ) -> list[Mapping[str, Any]]:
        answer = await self._reader.ask(question, size=0, aggs={"asked": aggregation})
        # Without any index yet there is no aggregation in the answer.
        asked: Mapping[str, Any] = answer.get("aggregations", {}).get("asked", {})
        return list(asked.get("buckets", []))

    async def by_id(self, ids: Sequence[str], deadline: Deadline) -> dict[str, Hit]:
        found: dict[str, Hit] = {}
        for raw in await self._reader.find(ids, deadline):
            hit = self._reader.hit(raw)
            if hit.id not in found or hit.collection is Collection.LOGS:
                found[hit.id] = hit
        return found

    async def delete(self, ids: Sequence[str], collections: tuple[Collection, ...] = BOTH) -> int:
        deadline = Deadline.after(UPKEEP_SECONDS)
        await self._refresh(deadline)  # only what is searchable can be found
        found = await self._reader.find(ids, deadline, collections)
        await self._writer.delete(((raw["_index"], raw["_id"]) for raw in found), deadline)
        return len(found)

    async def delete_before(self, time: int) -> int:
        return await delete_before(self._client, self._indices, self._indices.pattern(BOTH), time)

    async def visible_up_to(self) -> int:
        now = self._clock.now()
        await self._refresh(Deadline.after(UPKEEP_SECONDS))
        return now

    async def close(self) -> None:
        await self._client.close()

    async def _refresh(self, deadline: Deadline) -> None:
        await refresh(self._client, self._indices.pattern(BOTH), deadline)


def _total(answer: Mapping[str, Any]) -> int:
    total: int = answer["hits"]["total"]["value"]
    return total
