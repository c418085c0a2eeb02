"""Elasticsearch keeps collections in indices apart: what a crash between two of them leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from clew.schema.document import Collection
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from clew.store.protocols import Outcome
from tests.contracts.running import ask, patience, put, until_visible
from tests.support.documents import decoded, document
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.server import ElasticsearchServer

KEPT = document(1, {"message": "refused"}, collection=Collection.QUARANTINE)
MENDED = document(1, {"message": "mended"})


@pytest.fixture
def installation(each_elasticsearch: ElasticsearchServer) -> Iterator[Installation]:
    with Installation(each_elasticsearch) as installation:
        yield installation


def test_a_release_that_was_killed_half_way_is_ended_by_another(installation: Installation):
    """Until then the line is in both, and a look by its ID finds the one in the logs."""

    async def scenario() -> None:
        store = await ElasticsearchLogStore.open(installation.config, writable=True)
        try:
            await put(store, KEPT, document(2))
            # What the first half of a release does, before a kill -9.
            path = f"/{installation.prefix}-logs-2023.01.29/_create/{MENDED.id}"
            installation.ask("PUT", path, decoded(MENDED))
            await until_visible(store)
            assert await store.count(ask()) == 3
            assert (await store.by_id([KEPT.id], patience()))[KEPT.id].source["message"] == "mended"
            [again] = await store.release([MENDED], patience())
            assert again.outcome is Outcome.EXISTS
            await until_visible(store)
            assert await store.count(ask(collections=(Collection.QUARANTINE,))) == 0
            assert await store.count(ask()) == 2
        finally:
            await store.close()

    asyncio.run(scenario())


def test_a_purge_after_such_a_crash_leaves_the_line_in_the_logs(installation: Installation):
    """The quarantined twin goes, and nothing else."""

    async def scenario() -> None:
        store = await ElasticsearchLogStore.open(installation.config, writable=True)
        try:
            await put(store, KEPT, document(2))
            path = f"/{installation.prefix}-logs-2023.01.29/_create/{MENDED.id}"
            installation.ask("PUT", path, decoded(MENDED))
            await until_visible(store)
            assert await store.delete([KEPT.id], (Collection.QUARANTINE,)) == 1
            found = await store.by_id([KEPT.id], patience())
            assert found[KEPT.id].collection is Collection.LOGS
        finally:
            await store.close()

    asyncio.run(scenario())
