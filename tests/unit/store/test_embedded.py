"""What the embedded store promises beyond the contract of a LogStore."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import UnsupportedOperation
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError
from clew.schema.document import Document
from clew.search.nodes import Range, Term, Words
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import Outcome, Question
from tests.support.documents import decoded, document


def patience() -> Deadline:
    return Deadline.after(60)


@asynccontextmanager
async def opened(directory: Path, *, writable: bool = True) -> AsyncIterator[EmbeddedLogStore]:
    store = await EmbeddedLogStore.open(directory, writable=writable)
    try:
        yield store
    finally:
        await store.close()


def test_what_was_written_is_there_after_reopening(tmp_path):
    """Closing and opening again changes neither documents nor what EXISTS."""

    async def check() -> None:
        async with opened(tmp_path) as store:
            await store.write([document(1)], patience())
        async with opened(tmp_path) as store:
            (result,) = await store.write([document(1)], patience())
            assert result.outcome is Outcome.EXISTS
            hits = await store.by_id([document(1).id], patience())
            assert hits[document(1).id].source == decoded(document(1))

    asyncio.run(check())


def test_a_reader_sees_each_commit_of_the_writer(tmp_path):
    """A reader that came before the writer finds nothing, then whatever was acknowledged."""

    async def check() -> None:
        async with opened(tmp_path / "data", writable=False) as reader:
            assert await reader.count(Question(patience())) == 0
            async with opened(tmp_path / "data") as writer:
                assert await reader.count(Question(patience())) == 0
                for number in range(5):
                    await writer.write([document(number)], patience())
                    assert await reader.count(Question(patience())) == number + 1
                await writer.delete([document(0).id])
                assert await reader.count(Question(patience())) == 4

    asyncio.run(check())


def test_a_reader_makes_nothing(tmp_path):
    """Looking at a directory that does not exist does not create it."""

    async def check() -> None:
        async with opened(tmp_path / "data", writable=False) as reader:
            assert await reader.by_id(["unknown"], patience()) == {}
        state = await EmbeddedStateStore.open(tmp_path / "data", writable=False)
        assert await state.get("key") is None
        assert await state.keys("") == []
        await state.close()

    asyncio.run(check())
    assert list(tmp_path.iterdir()) == []


def test_a_reader_of_the_state_sees_what_is_put_later(tmp_path):
    """A reader that came before the first put gets its value, and can't put any itself."""

    async def check() -> None:
        reader = await EmbeddedStateStore.open(tmp_path, writable=False)
        assert await reader.get("key") is None
        writer = await EmbeddedStateStore.open(tmp_path, writable=True)
        state = await writer.put_if("key", b"value", version=None)
        assert state is not None
        assert await reader.get("key") == state
        with pytest.raises(UnsupportedOperation):
            await reader.put_if("key", b"mine", version=state.version)
        await writer.close()
        await reader.close()

    asyncio.run(check())


def test_a_reader_can_not_write(tmp_path):
    """A store opened for reading says so to whoever wants to change it."""

    async def check() -> None:
        async with opened(tmp_path, writable=False) as reader:
            with pytest.raises(UnsupportedOperation):
                await reader.write([document(1)], patience())
            with pytest.raises(UnsupportedOperation):
                await reader.delete([document(1).id])

    asyncio.run(check())


def test_a_second_writer_is_told_who_writes(tmp_path):
    """Only one process writes; the other is told its number, and may write once it is gone."""

    async def check() -> None:
        async with opened(tmp_path):
            with pytest.raises(ClewError, match=rf"process {os.getpid()}; stop"):
                await EmbeddedLogStore.open(tmp_path, writable=True)
        async with opened(tmp_path):
            pass

    asyncio.run(check())


@pytest.mark.parametrize("writable", [True, False])
def test_an_unknown_format_is_refused_with_a_remedy(tmp_path, writable):
    """What another version wrote is neither read nor changed, and the user is told what to do."""

    async def check() -> None:
        async with opened(tmp_path):
            pass
        (tmp_path / "format").write_text("99\n")
        for store in (EmbeddedLogStore, EmbeddedStateStore):
            with pytest.raises(ClewError, match=r"store format '99'.*into an empty directory"):
                await store.open(tmp_path, writable=writable)

    asyncio.run(check())
    assert (tmp_path / "format").read_text() == "99\n"


def test_a_broken_index_is_an_error_with_a_sentence(tmp_path):
    """An index that can't be read is named, and the lock is free again."""

    async def check() -> None:
        async with opened(tmp_path) as store:
            await store.write([document(1)], patience())
        (tmp_path / "index" / "meta.json").write_text("{}")
        for _ in range(2):
            with pytest.raises(ClewError, match=r"the index in .* can't be read"):
                await EmbeddedLogStore.open(tmp_path, writable=True)

    asyncio.run(check())


def test_a_directory_that_can_not_be_made_is_an_error_with_a_sentence(tmp_path):
    """A file where the directory should be is named."""
    (tmp_path / "data").write_text("")

    async def check() -> None:
        with pytest.raises(ClewError, match="data can't hold a store: Not a directory"):
            await EmbeddedLogStore.open(tmp_path / "data", writable=True)

    asyncio.run(check())


def test_the_source_is_kept_as_it_came(tmp_path):
    """A document's bytes are stored as they are: spaces, number formats and order of keys."""
    odd = document(1)._replace(
        source=b'{ "message":"x",  "@timestamp":"2023-01-29T12:00:00Z", "unknown": 1.50e2 }'
    )

    async def check() -> None:
        async with opened(tmp_path) as store:
            (result,) = await store.write([odd], patience())
            assert result.outcome is Outcome.CREATED
            hits = await store.by_id([odd.id], patience())
            assert list(hits[odd.id].source) == ["message", "@timestamp", "unknown"]

    asyncio.run(check())
    (stored,) = (tmp_path / "index").glob("*.store")
    assert odd.source in stored.read_bytes()  # too short for the block to be compressed


@pytest.mark.parametrize(
    ("text", "asked"),
    [("ΟΔΟΣ.ΑΒΓ", "οδος"), ("İstanbul", "İSTANBUL"), ("x²y", "X²Y"), ("a\u0301b", "a\u0301B")],
)
def test_words_of_any_script_are_those_of_clew(tmp_path, text, asked):
    """Letters whose case or kind tantivy sees otherwise are found as `clew.search.words` says."""

    async def check() -> None:
        async with opened(tmp_path) as store:
            await store.write([document(1, {"message": text})], patience())
            assert await store.count(Question(patience(), Words(asked, "message"))) == 1

    asyncio.run(check())


def refused() -> list[tuple[Document, str]]:
    good = document(1)
    return [
        (good._replace(source=b"{"), "unexpected end"),
        (good._replace(source=b"[]"), "not a JSON object"),
        (good._replace(source=b'{"message": "\xff"}'), "UTF-8"),
        (document(1, {"@timestamp": None}), "@timestamp: missing"),
        (document(1, {"@timestamp": "noon"}), "@timestamp: not an RFC 3339 timestamp"),
        (document(1, {"@timestamp": "9999-01-01T00:00:00Z"}), "@timestamp: beyond the years"),
        (document(1, {"event.duration": 1.5}), "event.duration: not a whole number of 64 bits"),
        (document(1, {"event.duration": 2**63}), "event.duration: "),
        (document(1, {"message": {"text": "x"}}), "message: "),
        (document(1, {"labels": ["x"]}), "labels: "),
        (document(1, runtime_time=2**63), "the runtime's time is beyond"),
    ]


@pytest.mark.parametrize(("broken", "reason"), refused())
def test_a_refusal_names_the_field_and_the_fault(tmp_path, broken, reason):
    """Whoever reads why a document was refused can find the fault in it."""

    async def check() -> None:
        async with opened(tmp_path) as store:
            (result,) = await store.write([broken], patience())
            assert result.outcome is Outcome.REFUSED
            assert reason in result.reason

    asyncio.run(check())


@pytest.mark.parametrize(
    "query", [Range("service.name", 1), Term("message", ("x",)), Term("nowhere", ("x",))]
)
def test_a_question_that_a_field_can_not_answer_is_an_error(tmp_path, query):
    """A node that asks of a field what its type can't answer is refused, not answered with none."""

    async def check() -> None:
        async with opened(tmp_path) as store:
            with pytest.raises(ValueError, match=query.field):
                await store.count(Question(patience(), query))

    asyncio.run(check())


@pytest.mark.parametrize("interval", [0, -1_000_000, 1_500_000])
def test_an_interval_is_of_whole_milliseconds(tmp_path, interval):
    """Another interval is an error: its buckets would not be counted exactly."""

    async def check() -> None:
        async with opened(tmp_path) as store:
            with pytest.raises(ValueError, match="whole milliseconds"):
                await store.histogram(Question(patience()), interval)

    asyncio.run(check())
