from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.answers.searching import BUCKETS, INTERVALS, Found, decode_cursor, encode_cursor, find
from clew.runtime.clock import Deadline
from clew.schema.document import Collection, Document
from clew.search.errors import SearchError
from clew.search.nodes import Words
from clew.search.times import LATEST
from clew.store.protocols import EVERYWHERE, Bucket, Cursor
from tests.support.filled_stores import Filled, filled_memory_store
from tests.support.reports import report, told
from tests.support.sources import MILLISECOND, document, source


def ask(filled: Filled, documents: list[Document], text: str, **changes: Any) -> Found:
    async def answer() -> Found:
        async with filled(documents) as store:
            question: dict[str, Any] = {
                "now": 0,
                "since": None,
                "until": None,
                "limit": 100,
                "after": None,
                "newest_first": False,
                "reports": told(),
                "scope": EVERYWHERE,
                "deadline": Deadline.after(60),
            }
            return await find(store, text, **question | changes)

    return asyncio.run(answer())


def lines(*milliseconds: int) -> list[Document]:
    return [document(str(time), source(time, "order", message="paid")) for time in milliseconds]


def test_pages_follow_each_other(filled: Filled):
    """Each page begins where the one before ended, and the last one says so."""
    documents, seen, after = lines(1, 2, 3, 4, 5), [], None
    while True:
        page = ask(filled, documents, "paid", limit=2, after=after, newest_first=True).page
        seen.append([hit.id for hit in page.hits])
        assert page.total == 5
        if page.next is None:
            break
        after = decode_cursor(encode_cursor(page.next))
    assert seen == [["5", "4"], ["3", "2"], ["1"]]


def test_histogram_covers_all_matches(filled: Filled):
    """The histogram counts every match, on whichever page it is."""
    found = ask(filled, lines(0, 500, 60_000), "paid", limit=1)
    assert found.query == Words("paid")
    assert found.interval == 2000 * MILLISECOND
    assert found.histogram == [Bucket(0, 2), Bucket(60_000 * MILLISECOND, 1)]


def test_nothing_found(filled: Filled):
    """A search without a match has an empty page and no buckets."""
    found = ask(filled, lines(1), "refund")
    assert (found.page.hits, found.page.total, found.histogram) == ([], 0, [])


def test_one_moment(filled: Filled):
    """Matches of one moment are one bucket of the smallest width."""
    found = ask(filled, lines(7), "paid")
    assert (found.interval, found.histogram) == (INTERVALS[0], [Bucket(7 * MILLISECOND, 1)])


def test_bounds_and_relative_times(filled: Filled):
    """`since` is inclusive, `until` exclusive, and `now` is what the text counts from."""
    bounds = {"since": 2 * MILLISECOND, "until": 4 * MILLISECOND}
    assert [hit.id for hit in ask(filled, lines(1, 2, 3, 4), "", **bounds).page.hits] == ["2", "3"]
    found = ask(filled, lines(1000, 3000), "@timestamp>=now-1s", now=3500 * MILLISECOND)
    assert [hit.id for hit in found.page.hits] == ["3000"]


def test_completeness_comes_with_the_first_page(filled: Filled):
    """It is about the whole search: how many matches are quarantined, who is behind its end."""
    broken = document("4", source(4, event__original="paid {"), Collection.QUARANTINE)
    bounds = {"now": 20_000 * MILLISECOND, "until": 5 * MILLISECOND, "limit": 1}
    reports = told(report("node-1", 6 * MILLISECOND), report("node-2", 4 * MILLISECOND))
    documents = [*lines(1, 2, 3), broken]
    first = ask(filled, documents, "paid", reports=reports, **bounds)
    assert first.completeness is not None
    assert first.completeness.quarantined == 1
    assert [agent.node for agent in first.completeness.agents] == ["node-2"]
    second = ask(filled, documents, "paid", reports=reports, after=first.page.next, **bounds)
    assert second.completeness is None


def test_mistake(filled: Filled):
    """A text that can't be read is the asker's mistake, told before the store is asked."""
    with pytest.raises(SearchError):
        ask(filled, [], "servce:order")


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=5))
def test_number_of_buckets(milliseconds: list[int]):
    """A histogram has at most one bar more than BUCKETS, whatever time it covers."""
    found = ask(
        filled_memory_store, [document(str(n), source(t)) for n, t in enumerate(milliseconds)], ""
    )
    buckets = found.histogram
    assert sum(bucket.count for bucket in buckets) == len(milliseconds)
    assert (buckets[-1].start - buckets[0].start) // found.interval <= BUCKETS


@given(st.builds(Cursor, st.integers(0, LATEST), st.text(), st.integers(0, LATEST)))
def test_cursor_survives_a_url(cursor: Cursor):
    """A cursor written into a URL is the same cursor when it comes back."""
    text = encode_cursor(cursor)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(text) == cursor


@given(st.text())
def test_nonsense_is_no_cursor(text: str):
    """Any other text is refused, and is never another way to write a cursor."""
    try:
        cursor = decode_cursor(text)
    except ValueError:
        return
    assert encode_cursor(cursor) == text


@pytest.mark.parametrize(
    "text", ["", "MS4x", "MS4xLmFi!", "é", encode_cursor(Cursor(2**63, "", 0))]
)
def test_no_cursor(text: str):
    """What is no cursor is named in the error."""
    with pytest.raises(ValueError, match="not a place in a search"):
        decode_cursor(text)
