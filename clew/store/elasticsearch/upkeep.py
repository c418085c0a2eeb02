"""What is done to whole indices: made searchable, and deleted when their day is over."""

from __future__ import annotations

from typing import Any

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.store.elasticsearch.failures import asking
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.searching import LENIENT

UPKEEP_SECONDS = 60.0
"""For deletes and refreshes that have no deadline of their own."""


async def refresh(client: AsyncElasticsearch, index: str, deadline: Deadline) -> None:
    """Every search from now on finds what was acknowledged. Raises TransientError if not."""
    async with asking(client, deadline):
        answer = await client.indices.refresh(index=index, **LENIENT)
    if answer["_shards"]["failed"]:
        raise TransientError("Elasticsearch could not make every shard searchable")


async def delete_before(
    client: AsyncElasticsearch, indices: Indices, pattern: str, time: int
) -> int:
    """Delete those indices of a pattern that are older than `time`; how many documents went."""
    deadline = Deadline.after(UPKEEP_SECONDS)
    await refresh(client, pattern, deadline)  # what is not searchable is not counted
    deleted = 0
    async with asking(client, deadline):
        listed: Any = await client.cat.indices(
            index=pattern, h=["index", "docs.count"], format="json"
        )
        old = [entry for entry in listed if indices.is_before(entry["index"], time)]
        for entry in old:
            await client.indices.delete(index=entry["index"], ignore_unavailable=True)
            deleted += int(entry["docs.count"])
    return deleted
