"""kill -9 of a collector in the middle of a replay: no line is lost, none is there twice."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import BOTH, Question
from clew.wire.quarantine import Change, Changed, Chosen, decode_changed, encode_change
from tests.support.processes import Process, wait_until
from tests.support.quarantined import MENDED, quarantined

pytestmark = pytest.mark.timeout(180)
LINES = 8_000
KILLS = 2


def fill(folder: Path) -> set[str]:
    """A store with that many refused lines; their IDs."""
    documents = quarantined(*[MENDED] * LINES)

    async def write() -> None:
        store = await EmbeddedLogStore.open(folder, writable=True)
        await store.write(documents, Deadline.after(60))
        await store.close()

    asyncio.run(write())
    return {document.id for document in documents}


def step(collector: Process, after: str = "") -> Changed | None:
    """One step of a replay; None where the collector is gone before it answers."""
    body = encode_change(Change(Chosen(), after=after, deadline_seconds=60))
    try:
        with urllib.request.urlopen(
            f"{collector.url}/v1/quarantine/replay", data=body, timeout=60
        ) as answer:
            return decode_changed(answer.read())
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
        return None


def replayed(collector: Process) -> float:
    return collector.metric("clew_collector_replayed_total", outcome="created") or 0.0


def kept(folder: Path) -> list[tuple[str, Collection]]:
    async def read() -> list[tuple[str, Collection]]:
        store = await EmbeddedLogStore.open(folder, writable=False)
        question = Question(Deadline.after(60), collections=BOTH)
        found = [(hit.id, hit.collection) async for hit in store.scan(question)]
        await store.close()
        return found

    return asyncio.run(read())


def test_a_replay_that_is_killed_again_and_again_ends(tmp_path: Path) -> None:
    """Begun anew each time, as a person would: every line is in the logs once at its end."""
    ids = fill(tmp_path / "store")
    store = {"kind": "embedded", "path": str(tmp_path / "store")}
    collector = Process("collector", tmp_path / "run", {"store": store})
    with collector, ThreadPoolExecutor(1) as threads:
        for _ in range(KILLS):
            collector.wait_ready()
            running = threads.submit(step, collector)
            wait_until(lambda: replayed(collector) > 0, "the replay is under way")
            collector.kill()
            running.result(60)
            found = kept(tmp_path / "store")
            assert len(found) == LINES
            assert {id_ for id_, _ in found} == ids
            collector.start()
        collector.wait_ready()
        after: str | None = ""
        while after is not None:
            done = step(collector, after)
            assert done is not None
            after = done.next
    assert set(kept(tmp_path / "store")) == {(id_, Collection.LOGS) for id_ in ids}
    assert len(kept(tmp_path / "store")) == LINES
