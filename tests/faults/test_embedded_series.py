"""What a kill and a full disk leave of an embedded SeriesStore."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import Outcome
from tests.faults.embedded_writer import BATCH, scrapes, started
from tests.support.scrapes import selection


async def stored_places(directory: Path) -> list[float]:
    store = await EmbeddedSeriesStore.open(directory, writable=False)
    found = await store.select(selection())
    await store.close()
    return sorted(value for series in found for value in series.values)


@pytest.mark.parametrize("acknowledged", [1, 7, 20])
def test_what_was_acknowledged_survives_a_kill(tmp_path, acknowledged):
    """After kill -9 amid a write whole batches are there, once, and a replay finds them."""
    with started("series", "endless", tmp_path) as writer:
        assert writer.stdout is not None
        for number in range(acknowledged):
            assert writer.stdout.readline() == f"{number}\n"
        writer.kill()
    places = asyncio.run(stored_places(tmp_path))
    assert len(places) >= acknowledged * BATCH
    assert places == list(range(len(places)))
    assert len(places) % BATCH == 0

    async def replay() -> None:
        store = await EmbeddedSeriesStore.open(tmp_path, writable=True)
        for number in range(acknowledged):
            for result in await store.write(scrapes(number), Deadline.after(60)):
                assert result.outcome is Outcome.EXISTS
        await store.close()

    asyncio.run(replay())
    assert asyncio.run(stored_places(tmp_path)) == places


def test_a_full_disk_holds_the_batch_until_there_is_room(tmp_path):
    """What can't be committed is HELD with the reason; later the same store takes it."""
    with started("series", "full", tmp_path) as writer:
        assert writer.stdout is not None
        before, without, after = writer.stdout.read().splitlines()
    assert writer.returncode == 0
    assert before == "created: "
    assert without.startswith("held: the samples can't be read or written: ")
    assert after == "created: "
    assert asyncio.run(stored_places(tmp_path)) == list(range(2 * BATCH))
