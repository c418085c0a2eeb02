"""
What a real Elasticsearch does when it is killed, hangs, is overloaded or refuses.

Whatever happens: what was acknowledged is there, what was held can be sent again, and no document
is there twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError, TransientError
from clew.schema.document import Collection, Document
from clew.schema.timestamps import SECOND
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from clew.store.protocols import Outcome, Question, Result
from tests.contracts.running import ask, patience, put, until_visible
from tests.support.documents import NOON, decoded, document
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.releases import Release
from tests.support.elasticsearch.server import ElasticsearchServer

DAY = 86_400 * SECOND
STORED = {Outcome.CREATED, Outcome.EXISTS}

OVERLOADED = {
    "indexing_pressure.memory.limit": "64kb",
    "thread_pool.write.size": "1",
    "thread_pool.write.queue_size": "1",
}
NARROW = {"http.max_content_length": "100kb"}


@pytest.fixture
def installation(elasticsearch: ElasticsearchServer) -> Iterator[Installation]:
    with Installation(elasticsearch) as installation:
        yield installation


@pytest.fixture
def own_server(
    request: pytest.FixtureRequest, newest_elasticsearch: Release, tmp_path
) -> Iterator[ElasticsearchServer]:
    """A server to maltreat; `request.param` are its settings."""
    server = ElasticsearchServer(newest_elasticsearch, getattr(request, "param", {}))
    server.start(tmp_path)
    yield server
    server.stop()


@asynccontextmanager
async def store_of(installation: Installation) -> AsyncIterator[ElasticsearchLogStore]:
    store = await ElasticsearchLogStore.open(installation.config, writable=True, replicas=0)
    try:
        yield store
    finally:
        await store.close()


def outcomes(results: list[Result]) -> set[Outcome]:
    return {result.outcome for result in results}


async def ids_of(store: ElasticsearchLogStore) -> list[str]:
    return [hit.id async for hit in store.scan(ask())]


async def written_until_killed(
    store: ElasticsearchLogStore, batches: list[list[Document]], server: ElasticsearchServer
) -> dict[str, Result]:
    """Write from four sides; once a few batches are acknowledged, kill the server amid the rest."""
    results: dict[str, Result] = {}
    waiting = iter(batches)
    under_way = asyncio.Event()

    async def write() -> None:
        for batch in waiting:
            answers = await store.write(batch, patience())
            results.update(zip([each.id for each in batch], answers, strict=True))
            if len(results) >= 5 * len(batch):
                under_way.set()

    async def kill() -> None:
        await under_way.wait()
        server.kill()

    await asyncio.gather(kill(), *(write() for _ in range(4)))
    return results


def test_a_server_that_is_killed_loses_and_doubles_nothing(own_server):
    """After kill -9 amid bulks the acknowledged is there, and the held goes in when sent again."""
    installation = Installation(own_server)
    documents = [document(offset) for offset in range(20_000)]
    batches = [documents[start : start + 500] for start in range(0, len(documents), 500)]

    async def check() -> None:
        async with store_of(installation) as store:
            before = await written_until_killed(store, batches, own_server)
            held = [id_ for id_, result in before.items() if result.outcome is Outcome.HELD]
            assert held
            assert all(before[id_].reason for id_ in held)
            await asyncio.to_thread(own_server.restart)
            after = await store.write(documents, patience())
            assert outcomes(after) == STORED
            for each, result in zip(documents, after, strict=True):
                if before[each.id].outcome in STORED:
                    assert result.outcome is Outcome.EXISTS
            await until_visible(store)
            assert await ids_of(store) == [each.id for each in documents]

    asyncio.run(check())


def test_a_store_is_opened_as_soon_as_the_server_is_there(own_server):
    """Without a server reads raise TransientError and opening waits; it goes on once it is up."""
    installation = Installation(own_server)

    async def check() -> None:
        async with store_of(installation) as store:
            own_server.kill()
            with pytest.raises(TransientError, match="can't be reached"):
                await store.count(ask())
            _, again = await asyncio.gather(
                asyncio.to_thread(own_server.restart),
                ElasticsearchLogStore.open(installation.config, writable=True),
            )
            await again.close()
            await put(store, document(1))
            assert await store.count(ask()) == 1

    asyncio.run(check())


def test_opening_without_a_server_ends_with_a_sentence(own_server):
    """Who waits in vain is told what can't be reached, and where."""
    installation = Installation(own_server)
    own_server.kill()
    with pytest.raises(ClewError, match=f"can't be reached at {own_server.url}"):
        asyncio.run(
            ElasticsearchLogStore.open(installation.config, writable=True, patience_seconds=0)
        )


def test_a_server_that_hangs_costs_no_more_than_the_deadline(own_server):
    """At the deadline writes are held and reads raise TimeoutError; later the same goes through."""
    installation = Installation(own_server)

    async def check() -> None:
        async with store_of(installation) as store:
            await put(store, document(1))
            with own_server.hanging():
                results = await store.write([document(2)], Deadline.after(0.2))
                assert outcomes(results) == {Outcome.HELD}
                with pytest.raises(TimeoutError):
                    await store.count(Question(Deadline.after(0.2)))
            assert outcomes(await store.write([document(2)], patience())) <= STORED
            await until_visible(store)
            assert len(await ids_of(store)) == 2

    asyncio.run(check())


@pytest.mark.parametrize("own_server", [OVERLOADED], indirect=True, ids=["overloaded"])
def test_an_overloaded_server_holds_documents_back(own_server):
    """A 429, be it of a whole bulk or of single items, is HELD; later the document is CREATED."""
    installation = Installation(own_server)
    large = [document(n, {"message": "x" * 1000}) for n in range(200)]
    spread = [document(1000 + n, time=NOON + n * DAY) for n in range(20)]

    async def check() -> None:
        async with store_of(installation) as store:
            whole = await store.write(large, patience())
            assert outcomes(whole) == {Outcome.HELD}
            assert "429" in whole[0].reason
            for start in range(0, len(large), 20):
                assert outcomes(await store.write(large[start : start + 20], patience())) == {
                    Outcome.CREATED
                }
            single = await store.write(spread, patience())
            assert outcomes(single) == {Outcome.CREATED, Outcome.HELD}
            assert any("es_rejected_execution_exception" in result.reason for result in single)
            for each in spread:
                assert outcomes(await store.write([each], patience())) <= STORED
            await until_visible(store)
            assert await ids_of(store) == [each.id for each in [*large, *spread]]

    asyncio.run(check())


@pytest.mark.parametrize("own_server", [NARROW], indirect=True, ids=["narrow"])
def test_what_is_too_large_for_one_request_goes_in_parts(own_server):
    """A bulk that is answered 413 is halved; a document that is too large by itself is REFUSED."""
    installation = Installation(own_server)
    documents = [document(n, {"message": "x" * 1000}) for n in range(300)]
    documents[100] = document(100, {"message": "y" * 200_000})

    async def check() -> None:
        async with store_of(installation) as store:
            results = await store.write(documents, patience())
            refused = results.pop(100)
            assert refused.outcome is Outcome.REFUSED
            assert "413" in refused.reason
            assert outcomes(results) == {Outcome.CREATED}
            await until_visible(store)
            assert await store.count(ask()) == len(documents) - 1

    asyncio.run(check())


def test_a_read_only_index_holds_its_documents_with_the_reason(installation):
    """A 4xx that is not the document's fault is HELD, and other indices go on."""

    async def check() -> None:
        async with store_of(installation) as store:
            await put(store, document(1))
            block = f"/{installation.prefix}-logs-*/_settings"
            installation.ask("PUT", block, {"index.blocks.write": True})
            other_day = document(3, time=NOON + DAY)
            held, created = await store.write([document(2), other_day], patience())
            assert held.outcome is Outcome.HELD
            assert "cluster_block_exception" in held.reason
            assert created.outcome is Outcome.CREATED
            installation.ask("PUT", block, {"index.blocks.write": None})
            assert outcomes(await store.write([document(2)], patience())) == {Outcome.CREATED}

    asyncio.run(check())


POISON = {
    "duplicate key": b'{"message": "a", "message": "b"}',
    "invalid UTF-8": b'{"message": "\xff"}',
    "two objects": b'{"message": "a"}{"message": "b"}',
    "nesting": b'{"message": "a", "deep": ' + b"[" * 1001 + b"]" * 1001 + b"}",
    "a long number": b'{"message": "a", "number": ' + b"1" * 2000 + b"}",
    "an infinite number": b'{"log.offset": 1e999}',
    "a name of Elasticsearch's own": b'{"_id": "a"}',
    "an empty name": b'{"": "a"}',
    "a time without a zone's sense": b'{"@timestamp": "2023-01-29T25:00:00Z"}',
    "a time that 64 bits can't hold": b'{"@timestamp": "2263-01-01T00:00:00Z"}',
    "labels that are none": b'{"labels": "a"}',
    "labels in labels": b'{"labels": {"a": {"b": {"c": "d"}}}}',
    "an immense key": b'{"labels": {"' + b"k" * 40_000 + b'": "a"}}',
    "nothing": b"",
    "an operation": b'{"delete": {"_index": "x", "_id": "y"}}\n{"x"',
}


def test_poison_is_refused_and_its_neighbours_are_stored(installation):
    """Each document that no try could store is REFUSED by itself; those beside it are CREATED."""
    batch = [document(0)]
    for offset, source in enumerate(POISON.values(), 1):
        batch += [document(2 * offset)._replace(source=source), document(2 * offset + 1)]

    async def check() -> None:
        async with store_of(installation) as store:
            results = await store.write(batch, patience())
            wrong = {
                name: result
                for name, result in zip(POISON, results[1::2], strict=True)
                if result.outcome is not Outcome.REFUSED or not result.reason
            }
            assert wrong == {}
            assert outcomes(results[::2]) == {Outcome.CREATED}

    asyncio.run(check())


def test_the_quarantine_takes_every_object(installation):
    """What the logs' mapping refuses, the quarantine stores and gives back as it was."""
    odd: list[dict[str, Any]] = [
        {"labels": "none"},
        {"labels": {"a": {"b": {"c": "d"}}}, "_id": "a", "": 1},
        {"labels": {"k" * 40_000: "a", "nul\0": "b"}},
        {"event.duration": "long", "log.offset": [1, "two"]},
        {"message": {"not": "a text"}, "service.name": [{"x": 1}]},
        {"@timestamp": "yesterday", "event.original": "raw"},
    ]
    documents = [
        document(n, fields, collection=Collection.QUARANTINE) for n, fields in enumerate(odd)
    ]

    async def check() -> None:
        async with store_of(installation) as store:
            await put(store, *documents)
            hits = await store.by_id([each.id for each in documents], patience())
            for each in documents:
                assert hits[each.id].source == decoded(each)

    asyncio.run(check())
