"""What a LogStore promises about order: time, then file, then offset, through every page."""

from __future__ import annotations

import asyncio
import random

import pytest

from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.schema.timestamps import SECOND
from clew.search.nodes import Words
from clew.store.protocols import Cursor, LogStore, Question
from tests.contracts.running import ask, on_a_store, patience, put
from tests.support.documents import CART, NOON, STOCK, decoded, document, place


def shuffled(documents: list[Document]) -> list[Document]:
    return random.Random(3).sample(documents, len(documents))  # the same order in every run


def ties(count: int) -> list[Document]:
    """Lines of two files that all happened at one moment."""
    return [document(number, container=(CART, STOCK)[number % 2]) for number in range(count)]


def in_order(documents: list[Document]) -> list[str]:
    return [document.id for document in sorted(documents, key=place)]


async def paged(store: LogStore, question: Question, limit: int, **order: bool) -> list[str]:
    """IDs of all pages, following the cursors."""
    ids: list[str] = []
    after = None
    while True:
        page = await store.search(question, limit=limit, after=after, **order)
        assert len(page.hits) <= limit
        ids += [hit.id for hit in page.hits]
        if page.next is None:
            return ids
        after = page.next


class Ordering:
    @on_a_store
    async def test_time_orders_to_the_nanosecond(self, store: LogStore):
        """Documents a nanosecond apart, whose text sorts the other way, come in order of time."""
        documents = [
            document(9, {"@timestamp": "2023-01-29T08:42:09.73Z"}),
            document(8, {"@timestamp": "2023-01-29T08:42:09.730000001Z"}),
            document(7, {"@timestamp": "2023-01-29T08:42:09.7300001Z"}),
            document(6, {"@timestamp": "2023-01-29T10:42:09.731+02:00"}),
            document(5, {"@timestamp": "2023-01-29T08:42:10Z"}),
        ]
        await put(store, *shuffled(documents))
        page = await store.search(ask(), limit=10)
        assert [hit.source["log.offset"] for hit in page.hits] == [9, 8, 7, 6, 5]

    @on_a_store
    async def test_equal_times_are_ordered_by_file_and_offset(self, store: LogStore):
        """Lines of one moment stand file by file, and in a file by their offset as a number."""
        documents = [document(2), document(10), document(100, container=STOCK), document(9)]
        documents += [document(9, container=STOCK), document(1, time=NOON + 1)]
        await put(store, *shuffled(documents))
        page = await store.search(ask(), limit=10)
        assert [hit.id for hit in page.hits] == in_order(documents)

    @on_a_store
    async def test_pages_go_through_ties_without_loss(self, store: LogStore):
        """Pages that end amid many lines of one moment leave none out and repeat none."""
        documents = [document(1000, time=NOON - 1), *ties(40), document(1001, time=NOON + 1)]
        await put(store, *shuffled(documents))
        for limit in (1, 7, 42, 100):
            assert await paged(store, ask(), limit) == in_order(documents)

    @on_a_store
    async def test_newest_first_is_the_same_order_reversed(self, store: LogStore):
        """Reversed paging gives the same documents, the last first."""
        documents = [document(1000, time=NOON - 1), *ties(40), document(1001, time=NOON + 1)]
        await put(store, *shuffled(documents))
        for limit in (7, 100):
            ids = await paged(store, ask(), limit, newest_first=True)
            assert ids == in_order(documents)[::-1]

    @on_a_store
    async def test_a_page_counts_every_match(self, store: LogStore):
        """`total` is the same on every page; the last page, even a full one, names no next."""
        await put(store, *(document(number, time=NOON + number) for number in range(6)))
        first = await store.search(ask(), limit=3)
        file = first.hits[2].source["clew.generation"]
        assert (first.total, first.next) == (6, Cursor(NOON + 2, file, 2))
        last = await store.search(ask(), limit=3, after=first.next)
        assert (last.total, last.next, len(last.hits)) == (6, None, 3)

    @on_a_store
    async def test_a_cursor_stands_for_a_place_not_for_a_document(self, store: LogStore):
        """Paging goes on from a cursor whose document is gone, or was never there."""
        documents = [document(number, time=NOON + number // 2) for number in range(6)]
        await put(store, *documents)
        file = decoded(documents[0])["clew.generation"]
        page = await store.search(ask(), limit=10, after=Cursor(NOON + 1, file, 2))
        assert [hit.source["log.offset"] for hit in page.hits] == [3, 4, 5]
        page = await store.search(ask(), limit=10, after=Cursor(NOON + 1, "", 99))
        assert [hit.source["log.offset"] for hit in page.hits] == [2, 3, 4, 5]
        place = Cursor(NOON + 1, file, 2)
        page = await store.search(ask(), limit=10, after=place, newest_first=True)
        assert [hit.source["log.offset"] for hit in page.hits] == [1, 0]

    @on_a_store
    async def test_a_scan_gives_everything_in_order(self, store: LogStore):
        """Of 2,500 documents, half of them of one moment, a scan gives each once and in order."""
        documents = ties(1250)
        documents += [document(number, time=NOON + number * 7) for number in range(5000, 6250)]
        await put(store, *shuffled(documents))
        hits = [hit async for hit in store.scan(ask())]
        assert [hit.id for hit in hits] == in_order(documents)
        written = {document.id: decoded(document) for document in documents}
        assert {hit.id: hit.source for hit in hits} == written

    @on_a_store
    async def test_nothing_found_is_an_empty_answer(self, store: LogStore):
        """A question without a match, even to a store without documents, raises nothing."""
        page = await store.search(ask(), limit=10)
        assert (page.hits, page.total, page.next) == ([], 0, None)
        assert [hit async for hit in store.scan(ask())] == []
        await put(store, document(1))
        page = await store.search(ask(Words("absent")), limit=10)
        assert (page.hits, page.total, page.next) == ([], 0, None)

    @on_a_store
    async def test_reads_past_the_deadline_raise(self, store: LogStore):
        """Every read raises TimeoutError once its deadline has passed."""
        await put(store, document(1))
        late = Question(Deadline.after(0))
        reads = (
            store.search(late, limit=1),
            store.count(late),
            store.histogram(late, SECOND),
            store.facets(late, "service.name", 3),
            store.by_id([document(1).id], Deadline.after(0)),
            anext(store.scan(late)),
        )
        for read in reads:
            with pytest.raises(TimeoutError):
                await read

    @on_a_store
    async def test_a_cancelled_read_has_no_effect(self, store: LogStore):
        """After a read was cancelled, the store answers as before."""
        await put(store, document(1))
        async with asyncio.TaskGroup() as group:
            read = group.create_task(store.count(ask()))
            await asyncio.sleep(0)  # it has begun
            read.cancel()
        assert read.cancelled()
        assert await store.count(ask()) == 1
        assert await store.by_id([document(1).id], patience())
