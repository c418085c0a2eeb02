"""
A LogStore that keeps its documents in a dictionary: the plain meaning of the protocol.

Slow and without durability; what the real stores are compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

import orjson

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.schema.document import Collection, Document
from clew.schema.fields import GENERATION, NAMESPACE, OFFSET, TIMESTAMP
from clew.schema.timestamps import parse_rfc3339
from clew.search.evaluation import matches, values
from clew.store.protocols import (
    BOTH,
    Bucket,
    Cursor,
    Facet,
    Hit,
    Outcome,
    Page,
    Question,
    Result,
    Source,
)


class MemoryStore:
    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._documents: dict[str, tuple[int, Hit]] = {}

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        return [self._write(document) for document in documents]

    def _write(self, document: Document) -> Result:
        if document.id in self._documents:
            return Result(Outcome.EXISTS)
        hit = Hit(document.id, document.collection, orjson.loads(document.source))
        self._documents[document.id] = (document.time, hit)
        return Result(Outcome.CREATED)

    async def release(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        return [self._release(document) for document in documents]

    def _release(self, document: Document) -> Result:
        _, known = self._documents.get(document.id, (0, None))
        if known is not None and known.collection is Collection.QUARANTINE:
            del self._documents[document.id]
        return self._write(document)

    async def search(
        self,
        question: Question,
        *,
        limit: int,
        after: Cursor | None = None,
        newest_first: bool = False,
    ) -> Page:
        found = self._answers(question)
        if newest_first:
            found.reverse()
        left = [
            hit
            for hit in found
            if after is None
            or (place(hit.source) < after if newest_first else place(hit.source) > after)
        ]
        page = left[:limit]
        more = page and len(left) > len(page)
        return Page(page, len(found), place(page[-1].source) if more else None)

    async def count(self, question: Question) -> int:
        return len(self._answers(question))

    async def histogram(self, question: Question, interval: int) -> list[Bucket]:
        counts = Counter(
            place(hit.source).time // interval * interval for hit in self._answers(question)
        )
        return [Bucket(start, counts[start]) for start in sorted(counts)]

    async def facets(self, question: Question, name: str, limit: int) -> list[Facet]:
        counts = Counter(
            value for hit in self._answers(question) for value in set(values(name, hit.source))
        )
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [Facet(value, count) for value, count in ordered[:limit]]

    async def by_id(self, ids: Sequence[str], deadline: Deadline) -> dict[str, Hit]:
        return {each: self._documents[each][1] for each in ids if each in self._documents}

    async def scan(self, question: Question) -> AsyncIterator[Hit]:
        for hit in self._answers(question):
            yield hit

    async def delete(self, ids: Sequence[str], collections: tuple[Collection, ...] = BOTH) -> int:
        known = {each for each in ids if each in self._documents}
        gone = [each for each in known if self._documents[each][1].collection in collections]
        for each in gone:
            del self._documents[each]
        return len(gone)

    async def delete_before(self, time: int) -> int:
        old = [each for each, (written, _) in self._documents.items() if written < time]
        await self.delete(old)
        return len(old)

    async def visible_up_to(self) -> int:
        return self._clock.now()

    async def close(self) -> None:
        self._documents.clear()

    def _answers(self, question: Question) -> list[Hit]:
        if question.deadline.passed():
            raise TimeoutError("the deadline has passed")
        hits = (hit for _, hit in self._documents.values() if _in_sight(hit, question))
        return sorted(
            (hit for hit in hits if matches(question.query, hit.source)),
            key=lambda hit: (place(hit.source), hit.id),
        )


def place(source: Source) -> Cursor:
    return Cursor(
        parse_rfc3339(source[TIMESTAMP]), source.get(GENERATION, ""), source.get(OFFSET, 0)
    )


def _in_sight(hit: Hit, question: Question) -> bool:
    namespaces = question.scope.namespaces
    time = place(hit.source).time
    return (
        hit.collection in question.collections
        and (namespaces is None or hit.source.get(NAMESPACE) in namespaces)
        and (question.since is None or question.since <= time)
        and (question.until is None or time < question.until)
    )
