"""The whole way into a real Elasticsearch, with the server killed under it."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.inputs import canonical_lines, write_cri
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from tests.support.elasticsearch.installation import Installation as Prefixed
from tests.support.elasticsearch.releases import Release
from tests.support.elasticsearch.server import ElasticsearchServer
from tests.support.places import Place, places_in, written_places
from tests.support.processes import Process, wait_until
from tests.support.together import Up
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(300)
LINES = 30_000


@pytest.fixture
def own_server(newest_elasticsearch: Release, tmp_path: Path) -> Iterator[ElasticsearchServer]:
    """A server that nobody else minds being killed."""
    server = ElasticsearchServer(newest_elasticsearch)
    server.start(tmp_path / "elasticsearch")
    yield server
    server.stop()


def test_every_line_is_there_once_after_elasticsearch_and_the_collector_are_killed(
    own_server: ElasticsearchServer, tmp_path: Path
) -> None:
    """kill -9 of the server, then of both, in an import: each line is there once."""
    write_cri(tmp_path / "logs", canonical_lines(LINES))
    with Prefixed(own_server) as prefixed:
        store = prefixed.config.model_dump(mode="json", exclude_none=True)
        collector = Process("collector", tmp_path / "run", {"store": store})
        section = {
            "logs": [str(tmp_path / "logs")],
            "data": str(tmp_path / "agent"),
            "collector_url": collector.url,
            "batch_bytes": 256 * 1024,
            "deadline_seconds": 5,
        }
        agent = Process("agent", tmp_path / "run", section, "--once")
        chance = random.Random(7)
        with collector, agent:
            for also_collector in (False, True):
                share = chance.uniform(0.1, 0.4) + (0.4 if also_collector else 0.0)
                agent.wait_for_lines(int(share * LINES))
                own_server.kill()
                if also_collector:
                    collector.kill()
                own_server.restart()
                if also_collector:
                    collector.start()
            assert agent.wait(120) == 0, agent.log
        stored = asyncio.run(_places(prefixed))
    assert set(stored) == written_places(tmp_path / "logs")
    assert set(stored.values()) == {1}


async def _places(prefixed: Prefixed) -> Counter[Place]:
    store = await ElasticsearchLogStore.open(prefixed.config, writable=False)
    try:
        await store.visible_up_to()
        return await places_in(store)
    finally:
        await store.close()


def test_the_demo_runs_over_elasticsearch(
    elasticsearch: ElasticsearchServer, installation: Installation, tmp_path: Path
) -> None:
    """A failed order is found by its ID, with its verdict, and in the end is known to be whole."""
    options = ("--demo", "--elasticsearch", elasticsearch.url)
    with Up(installation, tmp_path / "data", *options) as up:
        wait_until(lambda: any(t["failed_service"] for t in up.transactions()), "one has failed")
        failed = next(t for t in up.transactions() if t["failed_service"])
        done = installation.run(installation.clew, "trace", failed["id"], "--json", "--url", up.url)

        def is_complete() -> bool:
            whole = up.get(f"/api/transactions/{failed['id']}")
            return (
                whole is not None and (whole["completeness"]["complete_up_to"] or "") > whole["end"]
            )

        wait_until(is_complete, "the agent has said that everything of it is stored")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["verdict"]["service"] == failed["failed_service"]
    assert {line["trace.id"] for line in answer["lines"]} == set(answer["trace_ids"])
    assert not (tmp_path / "data" / "store").exists()
