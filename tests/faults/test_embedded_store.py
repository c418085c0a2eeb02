"""What a kill and a full disk leave of an embedded store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import Question
from tests.faults.embedded_writer import BATCH, documents, started


async def stored_ids(directory: Path) -> list[str]:
    store = await EmbeddedLogStore.open(directory, writable=True)
    ids = [hit.id async for hit in store.scan(Question(Deadline.after(60)))]
    await store.close()
    return ids


@pytest.mark.parametrize("acknowledged", [1, 7, 20])
def test_what_was_acknowledged_survives_a_kill(tmp_path, acknowledged):
    """After kill -9 amid a write every acknowledged batch is there once, and writing goes on."""
    with started("logs", "endless", tmp_path) as writer:
        assert writer.stdout is not None
        for number in range(acknowledged):
            assert writer.stdout.readline() == f"{number}\n"
        writer.kill()
    ids = asyncio.run(stored_ids(tmp_path))
    assert len(ids) == len(set(ids))
    promised = {document.id for number in range(acknowledged) for document in documents(number)}
    assert promised <= set(ids)

    async def replay() -> int:
        store = await EmbeddedLogStore.open(tmp_path, writable=True)
        for number in range(acknowledged + 1):
            await store.write(documents(number), Deadline.after(60))
        count = await store.count(Question(Deadline.after(60)))
        await store.close()
        return count

    assert asyncio.run(replay()) >= (acknowledged + 1) * BATCH
    again = asyncio.run(stored_ids(tmp_path))
    assert len(again) == len(set(again))


def test_a_full_disk_holds_the_batch_until_there_is_room(tmp_path):
    """What can't be committed is HELD with the reason; later the same store takes it."""
    with started("logs", "full", tmp_path) as writer:
        assert writer.stdout is not None
        before, without, after = writer.stdout.read().splitlines()
    assert writer.returncode == 0
    assert before == "created: "
    assert without.startswith("held: the index can't be written: ")
    assert after == "created: "
    ids = asyncio.run(stored_ids(tmp_path))
    assert sorted(ids) == sorted(document.id for number in (0, 1) for document in documents(number))
