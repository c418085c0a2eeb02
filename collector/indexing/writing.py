"""
A batch into the store, and the answer for its agent.

Keeps true: a part is acknowledged when every one of its records is in the index or in quarantine,
and not before. A record that the store will never take as it is goes to quarantine at once; one
that it does not take now holds its part, and only that.
"""

from __future__ import annotations

import asyncio

from clew.runtime.clock import Clock, Deadline
from clew.schema.document import Collection, Document
from clew.store.protocols import LogStore, Outcome, Result
from clew.wire.batch import Answer, Batch, Part, PartAnswer
from collector import events
from collector.indexing.documents import DocumentBuilder, reason_of


async def write(batch: Batch, store: LogStore, deadline: Deadline, clock: Clock) -> Answer:
    """
    Store the records of a batch and say what became of them, part by part.

    When cancelled, any of them may or may not be stored.
    """
    builder = DocumentBuilder(batch, clock.now())
    documents = await asyncio.to_thread(builder.build)
    began = clock.monotonic()
    results = await store.write(documents, deadline)
    reasons = {
        place: result.reason
        for place, result in enumerate(results)
        if result.outcome is Outcome.REFUSED
    }
    if reasons:
        refused = await asyncio.to_thread(builder.build_refused, reasons)
        again = await store.write(list(refused.values()), deadline)
        for (place, document), result in zip(refused.items(), again, strict=True):
            documents[place], results[place] = document, result
    events.store_answered(clock.monotonic() - began)
    return Answer(_answers(batch, documents, results))


def _answers(batch: Batch, documents: list[Document], results: list[Result]) -> list[PartAnswer]:
    answers, start = [], 0
    for part in batch.parts:
        end = start + len(part.transactions)
        answers.append(_answer(part, documents[start:end], results[start:end]))
        start = end
    return answers


def _answer(part: Part, documents: list[Document], results: list[Result]) -> PartAnswer:
    stored = {Outcome.CREATED, Outcome.EXISTS}
    held = [result for result in results if result.outcome not in stored]
    if held:
        events.documents_held(len(held), held[0].reason)
        return PartAnswer(part.start, error=held[0].reason or held[0].outcome.value)
    existing = sum(result.outcome is Outcome.EXISTS for result in results)
    events.documents_stored(len(documents) - existing, existing)
    quarantined = 0
    for document, result in zip(documents, results, strict=True):
        if document.collection is Collection.QUARANTINE:
            quarantined += 1
            if result.outcome is Outcome.CREATED:
                events.line_quarantined(reason_of(document))
    return PartAnswer(part.end, len(documents) - quarantined, existing, quarantined)
