"""A collector in the memory of a test: real documents, no store, the first write of an ID wins."""

from __future__ import annotations

from itertools import chain, islice
from typing import Any

from agent.outbox.outbox import Outgoing
from agent.sweep import Sweeper
from clew.schema.document import Collection, Document
from clew.wire.batch import Answer, Part, PartAnswer, decode_batch
from collector.indexing.documents import DocumentBuilder
from tests.support.documents import NOON, decoded

BATCH_BYTES = 64 * 1024 * 1024


class MemoryCollector:
    """`held` are the paths whose parts it does not take at present."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.held: set[str] = set()

    def take(self, body: bytes) -> Answer:
        batch = decode_batch(body, BATCH_BYTES)
        builder = DocumentBuilder(batch, NOON)
        documents = iter(builder.build())
        return Answer(
            [
                self._store(part, [list(islice(documents, size)) for size in sizes])
                for part, sizes in zip(batch.parts, builder.sizes, strict=True)
            ]
        )

    def sources(self) -> list[dict[str, Any]]:
        """What is stored, in the order of the IDs: of each file, by offset."""
        return [decoded(document) for _, document in sorted(self.documents.items())]

    def texts(self) -> list[str]:
        """The text of everything stored, whether taken or quarantined."""
        return [
            str(source.get("message", source.get("event.original"))) for source in self.sources()
        ]

    def _store(self, part: Part, lines: list[list[Document]]) -> PartAnswer:
        """A line is one in the answer, however many documents it is."""
        if part.path in self.held:
            return PartAnswer(part.start, error="held")
        existing = sum(all(each.id in self.documents for each in line) for line in lines)
        quarantined = sum(
            any(each.collection is Collection.QUARANTINE for each in line) for line in lines
        )
        for document in chain.from_iterable(lines):
            self.documents.setdefault(document.id, document)
        return PartAnswer(part.end, len(lines) - quarantined, existing, quarantined)


def send(sweeper: Sweeper, outgoing: Outgoing, collector: MemoryCollector) -> int:
    """A batch to the collector and its answer back; how many parts were held."""
    return sweeper.settle(outgoing, collector.take(sweeper.body(outgoing)))


def send_everything(
    sweeper: Sweeper, collector: MemoryCollector, *, close_at_once: bool = False
) -> None:
    """Look once, and send until there is nothing that could be sent now."""
    sweeper.look()
    while (outgoing := sweeper.collect(close_at_once=close_at_once)) is not None:
        send(sweeper, outgoing, collector)
