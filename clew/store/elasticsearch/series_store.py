"""
The SeriesStore over Elasticsearch: a document for each target and scrape.

A scrape's ID is created at most once in the index of its day, so the first write wins for ever. An
acknowledged scrape is in the server's transaction log on disk; a selection refreshes the days that
it asks for, and so sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Self

from elasticsearch import AsyncElasticsearch

from clew.promql.matchers import all_match
from clew.runtime.clock import Deadline
from clew.schema.sample import Labels, Scrape
from clew.store.config import StoreConfig
from clew.store.elasticsearch import scrapes as documents
from clew.store.elasticsearch.connecting import PATIENCE_SECONDS, connect_and_prepare
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.selecting import Selector
from clew.store.elasticsearch.sending import Sender
from clew.store.elasticsearch.templates import series_templates
from clew.store.elasticsearch.upkeep import delete_before
from clew.store.protocols import Outcome, Result, Selection, Series
from clew.store.series import SeriesFold, sorted_targets


class ElasticsearchSeriesStore:
    def __init__(self, client: AsyncElasticsearch, indices: Indices) -> None:
        """The store owns the client: it closes it."""
        self._client, self._indices = client, indices
        self._sender, self._selector = Sender(client), Selector(client, indices)

    @classmethod
    async def open(cls, config: StoreConfig, *, writable: bool) -> Self:
        """The store of a configuration. Waits and raises as `connect_and_prepare` says."""
        indices = Indices(config.index_prefix)
        templates = series_templates(indices) if writable else {}
        client = await connect_and_prepare(config, templates, PATIENCE_SECONDS)
        return cls(client, indices)

    async def write(self, scrapes: Sequence[Scrape], deadline: Deadline) -> list[Result]:
        operations: list[bytes] = []
        refused: dict[int, Result] = {}
        for position, scrape in enumerate(scrapes):
            try:
                operations.append(documents.creation(self._indices, scrape))
            except ValueError as error:
                refused[position] = Result(Outcome.REFUSED, str(error))
        sent = iter(await self._sender.create(operations, deadline))
        return [refused.get(position) or next(sent) for position in range(len(scrapes))]

    async def select(self, selection: Selection) -> list[Series]:
        fold = SeriesFold(selection.matchers)
        async with aclosing(self._selector.scrapes(selection)) as found:
            async for hit in found:
                documents.add(fold, hit)
        return fold.series()

    async def targets(self, selection: Selection) -> list[Labels]:
        found = await self._selector.targets(selection)
        return sorted_targets(
            target for target in found.values() if all_match(selection.matchers, target)
        )

    async def delete_before(self, time: int) -> int:
        """Delete the days that end before `time`. Raises TransientError if it can't be now."""
        pattern = self._indices.pattern_of_scrapes()
        return await delete_before(self._client, self._indices, pattern, time)

    async def close(self) -> None:
        await self._client.close()
