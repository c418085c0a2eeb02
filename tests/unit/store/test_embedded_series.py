"""What the embedded SeriesStore promises beyond the contract."""

from __future__ import annotations

import asyncio
from io import UnsupportedOperation

import pytest

from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError, CorruptionError, TransientError
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import Outcome, SeriesStore
from tests.support.documents import NOON
from tests.support.scrapes import NODE_1, NODE_2, sample, scrape, selection, values


async def write(store: SeriesStore, *scrapes) -> list[Outcome]:
    return [result.outcome for result in await store.write(scrapes, Deadline.after(60))]


def test_what_was_written_is_there_after_reopening(tmp_path):
    """Closing and opening again changes neither series nor what EXISTS."""

    async def check() -> None:
        for expected in (Outcome.CREATED, Outcome.EXISTS):
            store = await EmbeddedSeriesStore.open(tmp_path, writable=True)
            assert await write(store, scrape(NODE_1, NOON, sample("up", 7))) == [expected]
            await store.close()
        reader = await EmbeddedSeriesStore.open(tmp_path, writable=False)
        assert values(await reader.select(selection())) == [7]
        await reader.close()

    asyncio.run(check())


def test_a_reader_changes_nothing(tmp_path):
    """It makes no file where none is, and writing through it is a mistake of the caller."""

    async def check() -> None:
        reader = await EmbeddedSeriesStore.open(tmp_path / "none", writable=False)
        assert await reader.select(selection()) == []
        with pytest.raises(UnsupportedOperation):
            await write(reader, scrape(NODE_1, NOON))
        with pytest.raises(UnsupportedOperation):
            await reader.delete_before(NOON)
        await reader.close()
        assert not (tmp_path / "none").exists()

    asyncio.run(check())


def test_a_file_that_is_no_database_any_more_is_named(tmp_path):
    """It is not taken for a store without samples, nor for one that will answer later."""
    (tmp_path / "series.sqlite").write_text("overwritten by somebody else " * 100)

    async def check() -> None:
        reader = await EmbeddedSeriesStore.open(tmp_path, writable=False)
        with pytest.raises(CorruptionError, match=r"series\.sqlite: .* not a database"):
            await reader.select(selection())
        await reader.close()

    asyncio.run(check())


def test_deleting_goes_to_the_nanosecond(tmp_path):
    """Of the day of `time` itself only what is younger stays."""

    async def check() -> None:
        store = await EmbeddedSeriesStore.open(tmp_path, writable=True)
        await write(store, *(scrape(NODE_1, NOON + n, sample("up", n)) for n in range(4)))
        await write(store, scrape(NODE_2, NOON, sample("up")))
        assert await store.delete_before(NOON + 2) == 3
        assert values(await store.select(selection())) == [2, 3]
        assert await store.delete_before(2**80) == 2
        await store.close()

    asyncio.run(check())


def test_a_number_of_a_target_that_is_gone_means_no_other(tmp_path):
    """A target that comes after another was forgotten has its own labels."""

    async def check() -> None:
        store = await EmbeddedSeriesStore.open(tmp_path, writable=True)
        await write(store, scrape(NODE_1, NOON, sample("up", 1)))
        await store.delete_before(NOON + 1)
        await write(store, scrape(NODE_2, NOON, sample("up", 2)))
        [series] = await store.select(selection())
        assert series.labels["node"] == "n2"
        await store.close()

    asyncio.run(check())


def test_a_file_that_can_not_be_made_is_held(tmp_path):
    """Where the directory has gone, a write is HELD, and goes through once it is back."""

    async def check() -> None:
        store = await EmbeddedSeriesStore.open(tmp_path / "store", writable=True)
        (tmp_path / "store").rename(tmp_path / "elsewhere")
        results = await store.write([scrape(NODE_1, NOON)], Deadline.after(60))
        assert [result.outcome for result in results] == [Outcome.HELD]
        assert "the samples can't be read or written" in results[0].reason
        with pytest.raises(TransientError):
            await store.delete_before(NOON)
        (tmp_path / "elsewhere").rename(tmp_path / "store")
        assert await write(store, scrape(NODE_1, NOON)) == [Outcome.CREATED]
        await store.close()

    asyncio.run(check())


def test_another_versions_store_is_refused(tmp_path):
    """A directory of another format is neither read nor written."""
    (tmp_path / "format").write_text("99\n")
    for writable in (True, False):
        with pytest.raises(ClewError, match="store format '99'"):
            asyncio.run(EmbeddedSeriesStore.open(tmp_path, writable=writable))
