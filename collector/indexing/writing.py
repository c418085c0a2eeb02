"""
A batch into the store, and the answer for its agent.

Keeps true: a part is acknowledged when every one of its records is in the index or in quarantine,
and not before. A record that the store will never take as it is goes to quarantine at once; one
that it does not take now holds its part, and only that.
"""

from __future__ import annotations

from itertools import chain

from clew.runtime.clock import Clock, Deadline
from clew.schema.document import Collection, Document
from clew.schema.rejection import Reason
from clew.store.protocols import LogStore, Outcome, Result
from clew.wire.batch import Answer, Batch, Part, PartAnswer
from collector import events
from collector.indexing.documents import DocumentBuilder, refused_document


def build_documents(batch: Batch, now: int) -> list[list[Document]]:
    """The documents of each part. Computes, so call it off the event loop."""
    builder = DocumentBuilder(batch, now)
    return [list(builder.build(part)) for part in batch.parts]


async def write(
    batch: Batch, documents: list[list[Document]], store: LogStore, deadline: Deadline, clock: Clock
) -> Answer:
    """Store the documents of each part of a batch and say what became of them."""
    began = clock.monotonic()
    flat = list(chain.from_iterable(documents))
    results = await store.write(flat, deadline)
    results = await _quarantine_refused(flat, results, store, deadline)
    events.store_answered(clock.monotonic() - began)
    answers, start = [], 0
    for part, its_documents in zip(batch.parts, documents, strict=True):
        end = start + len(its_documents)
        answers.append(_answer(part, flat[start:end], results[start:end]))
        start = end
    return Answer(answers)


async def _quarantine_refused(
    documents: list[Document], results: list[Result], store: LogStore, deadline: Deadline
) -> list[Result]:
    """Write what was refused as quarantined documents, which replace it in `documents`."""
    places = [n for n, result in enumerate(results) if result.outcome is Outcome.REFUSED]
    if not places:
        return results
    for place in places:
        documents[place] = refused_document(documents[place], results[place].reason)
    again = await store.write([documents[place] for place in places], deadline)
    settled = list(results)
    for place, result in zip(places, again, strict=True):
        settled[place] = result
    events.line_quarantined(Reason.REFUSED_BY_STORE, len(places))
    return settled


def _answer(part: Part, documents: list[Document], results: list[Result]) -> PartAnswer:
    stored = {Outcome.CREATED, Outcome.EXISTS}
    held = [result for result in results if result.outcome not in stored]
    if held:
        events.documents_held(len(held), held[0].reason)
        return PartAnswer(part.start, error=held[0].reason or held[0].outcome.value)
    existing = sum(result.outcome is Outcome.EXISTS for result in results)
    quarantined = sum(document.collection is Collection.QUARANTINE for document in documents)
    events.documents_stored(len(documents) - existing, existing)
    return PartAnswer(part.end, len(documents) - quarantined, existing, quarantined)
