"""
The seam between clew and whatever keeps its documents.

First write of an ID wins, in every store and over both collections: a replay finds its own
earlier copy and changes nothing. Only `release` takes an ID from one collection to the other.
Every read says on whose behalf it asks (`scope`) and until when an answer is of use (`deadline`).
"""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from clew.promql.matchers import Matcher
from clew.runtime.clock import Deadline
from clew.schema.document import Collection, Document
from clew.schema.sample import Labels, Scrape
from clew.search.nodes import Everything, Node

Source = dict[str, Any]
"""A document's source: flat, dotted names, JSON values; `labels` is an object of strings."""


class Outcome(StrEnum):
    CREATED = "created"
    EXISTS = "exists"  # an earlier arrival of the same line: as good as created
    REFUSED = "refused"  # the document's own fault: it will never be taken as it is
    HELD = "held"  # not now: try this one again later


class Result(NamedTuple):
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The namespaces an asker may see; None is all of them."""

    namespaces: frozenset[str] | None = None


EVERYWHERE = Scope()
BOTH = (Collection.LOGS, Collection.QUARANTINE)


@dataclass(frozen=True, slots=True)
class Question:
    """
    What to look for, where, and on whose behalf.

    `since` (inclusive) and `until` (exclusive) bound @timestamp, in Unix nanoseconds.
    """

    deadline: Deadline
    query: Node = field(default_factory=Everything)
    scope: Scope = EVERYWHERE
    since: int | None = None
    until: int | None = None
    collections: tuple[Collection, ...] = (Collection.LOGS,)


class Hit(NamedTuple):
    id: str
    collection: Collection
    source: Source


class Cursor(NamedTuple):
    """The place of a hit in the order of a search: time, then file, then offset."""

    time: int
    generation: str
    offset: int


@dataclass(frozen=True, slots=True)
class Page:
    """
    Some hits in order, and where the next ones begin (None: there are none).

    `total` counts every match of the question, whatever the page's size.
    """

    hits: list[Hit]
    total: int
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """`count` documents with start <= @timestamp < start + the interval asked for."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    value: str
    count: int


class LogStore(Protocol):
    """
    Documents in, answers out.

    Reads raise TimeoutError when the deadline passes and TransientError when the store can't be
    reached; a read that is cancelled has no effect.
    """

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """
        Store documents; one result for each, in their order.

        CREATED and EXISTS are durable when this returns. At the deadline everything not yet known
        to be stored is HELD. Never raises for what a document or a server says. When cancelled,
        any of the documents may or may not be stored.
        """
        ...

    async def release(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """
        Put documents into the logs, and what is quarantined under their IDs out of the quarantine.

        One result for each, with the promises of `write`. CREATED and EXISTS: the document, or an
        earlier one of its ID, is durable in the logs and nothing is left of it in quarantine.
        REFUSED: nothing has changed. HELD: it may be in both for a while; releasing it again ends
        that. No crash leaves it in neither.
        """
        ...

    async def search(
        self,
        question: Question,
        *,
        limit: int,
        after: Cursor | None = None,
        newest_first: bool = False,
    ) -> Page:
        """The next `limit` hits by (@timestamp, generation, offset) beyond `after`."""
        ...

    async def count(self, question: Question) -> int: ...

    async def histogram(self, question: Question, interval: int) -> list[Bucket]:
        """Counts a step of `interval` nanoseconds, aligned to the epoch; empty steps left out."""
        ...

    async def facets(self, question: Question, name: str, limit: int) -> list[Facet]:
        """The most frequent values of a keyword field; equal counts in the order of values."""
        ...

    async def by_id(self, ids: Sequence[str], deadline: Deadline) -> dict[str, Hit]:
        """
        The documents of these IDs, of both collections; unknown IDs are left out.

        Of one that is in both, which a release may leave behind, the document of the logs.
        """
        ...

    def scan(self, question: Question) -> AsyncIterator[Hit]:
        """Every match, in order, without a limit. Holds no more than a page in memory."""
        ...

    async def delete(self, ids: Sequence[str], collections: tuple[Collection, ...] = BOTH) -> int:
        """
        Delete what these collections hold under these IDs; how many documents went.

        Raises TransientError if any of them may still be there.
        """
        ...

    async def delete_before(self, time: int) -> int:
        """Delete what the runtime wrote before `time`; how many documents went.

        A store may keep what shares a day with `time`: Elasticsearch drops whole indices.
        """
        ...

    async def visible_up_to(self) -> int:
        """Unix nanoseconds: what was acknowledged before is found by every search from now on."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Which samples to look for, and on whose behalf.

    All matchers hold for the labels of each series, `__name__` among them. `since` and `until`,
    both inclusive, are Unix nanoseconds.
    """

    deadline: Deadline
    since: int
    until: int
    matchers: tuple[Matcher, ...] = ()
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Series:
    """A series' samples in order of time: `times` in Unix nanoseconds, a value for each."""

    labels: Labels
    times: array[int]
    values: array[float]


class SeriesStore(Protocol):
    """
    Scrapes in, series out.

    The first write of a target and time wins. Reads raise TimeoutError when the deadline passes
    and TransientError when the store can't be reached. Under a scope only the targets whose label
    `namespace` is in it are seen: what a node says of itself is for those who may see everything.
    """

    async def write(self, scrapes: Sequence[Scrape], deadline: Deadline) -> list[Result]:
        """Store scrapes; one result for each, with the promises of `LogStore.write`."""
        ...

    async def select(self, selection: Selection) -> list[Series]:
        """Every series that has samples in the selection, sorted by its labels."""
        ...

    async def targets(self, selection: Selection) -> list[Labels]:
        """Labels of the targets that match and were scraped in that time; sorted."""
        ...

    async def delete_before(self, time: int) -> int:
        """Delete scrapes before `time`; how many went. A store may keep the day of `time`."""
        ...

    async def close(self) -> None: ...


class State(NamedTuple):
    """A value of the StateStore, and the version that replacing it must name."""

    value: bytes
    version: str


class StateStore(Protocol):
    """Small values under keys, with compare and set: leases, watermarks, what is usual."""

    async def get(self, key: str) -> State | None:
        """The value, or None if there is none or it has expired."""
        ...

    async def put_if(
        self, key: str, value: bytes, *, version: str | None, lifetime_seconds: float | None = None
    ) -> State | None:
        """
        Replace the value that has this version (None: there must be no value).

        The new state, or None if somebody else was first. An expired value counts as none.
        """
        ...

    async def keys(self, prefix: str) -> list[str]:
        """Keys of live values that begin with `prefix`, in order."""
        ...

    async def close(self) -> None: ...
