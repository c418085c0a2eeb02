"""A page of a search, and how its matches are spread over time."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace

from clew.answers.reports import Reports
from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.schema.fields import TIMESTAMP
from clew.schema.timestamps import SECOND, parse_rfc3339
from clew.search.nodes import Node
from clew.search.parsing import parse
from clew.search.times import LATEST
from clew.store.protocols import BOTH, Bucket, Cursor, LogStore, Page, Question, Scope
from clew.transaction.completeness import of_search
from clew.transaction.model import Completeness

BUCKETS = 60
"""Bars that a histogram on a page still shows apart."""

_MILLISECOND, _MINUTE, _HOUR, _DAY = SECOND // 1000, 60 * SECOND, 3600 * SECOND, 86_400 * SECOND

INTERVALS: tuple[int, ...] = (
    *(n * _MILLISECOND for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 91, 365)),
)
"""Widths of a bucket, in nanoseconds, that people can count in."""

_CURSOR = re.compile(r"(\d{1,19})\.(\d{1,19})\.(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """
    A page of hits, and a histogram of all matches.

    `interval` is the width of a bucket in nanoseconds; empty buckets are left out. `query` is what
    the text was understood to ask for. `completeness` is told with the first page, else None.
    """

    query: Node
    page: Page
    histogram: list[Bucket]
    interval: int
    completeness: Completeness | None


async def find(
    store: LogStore,
    text: str,
    *,
    now: int,
    since: int | None,
    until: int | None,
    limit: int,
    after: Cursor | None,
    newest_first: bool,
    reports: Reports,
    scope: Scope,
    deadline: Deadline,
    with_histogram: bool = True,
) -> Found:
    """
    The next `limit` lines that a text in the search language asks for, the quarantined among them.

    Times are Unix nanoseconds, `since` inclusive and `until` exclusive; relative times in the text
    are counted from `now`. A histogram costs three more questions, so who fetches page after page
    goes without: then it is empty. Raises SearchError for the text, and what stores raise.
    """
    query = parse(text, now)
    question = Question(deadline, query, scope, since, until, BOTH)
    # Before the first look, as its answer is about what that must have found.
    known = await _completeness(store, reports, question, now) if after is None else None
    page = await store.search(question, limit=limit, after=after, newest_first=newest_first)
    drawn = with_histogram and page.total > 0
    interval = await _interval(store, question) if drawn else INTERVALS[0]
    histogram = await store.histogram(question, interval) if drawn else []
    return Found(query, page, histogram, interval, known)


async def _completeness(
    store: LogStore, reports: Reports, question: Question, now: int
) -> Completeness:
    told = await reports.latest(question.deadline)
    visible_up_to = await store.visible_up_to()
    refused = replace(question, collections=(Collection.QUARANTINE,))
    return of_search(
        question.since,
        question.until,
        now,
        visible_up_to=visible_up_to,
        reports=told,
        quarantined=await store.count(refused),
    )


async def _interval(store: LogStore, question: Question) -> int:
    """The width that parts the time between the first and the last match into about BUCKETS."""
    ends = [
        parse_rfc3339(hit.source[TIMESTAMP])
        for newest_first in (False, True)
        for hit in (await store.search(question, limit=1, newest_first=newest_first)).hits
    ]
    wanted = (max(ends, default=0) - min(ends, default=0)) // BUCKETS
    return next((width for width in INTERVALS if width > wanted), INTERVALS[-1])


def encode_cursor(cursor: Cursor) -> str:
    """A place in a search as text that a URL takes as it is."""
    text = f"{cursor.time}.{cursor.offset}.{cursor.generation}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The place that `encode_cursor` wrote down. Raises ValueError for anything else."""
    try:
        decoded = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except ValueError:  # bad base64, or no UTF-8 in it
        decoded = ""
    match = _CURSOR.fullmatch(decoded)
    if match is None or max(int(match[1]), int(match[2])) > LATEST:
        raise ValueError(f"not a place in a search: {text[:60]!r}")
    cursor = Cursor(int(match[1]), match[3], int(match[2]))
    if encode_cursor(cursor) != text:  # base64 skips over letters that it does not know
        raise ValueError(f"not a place in a search: {text[:60]!r}")
    return cursor
