"""Quarantined lines, made by what makes them: the collector, of what an agent sends."""

from __future__ import annotations

from collections.abc import Sequence

from clew.schema.document import Document
from clew.schema.keeping import reject
from clew.schema.rejection import Reason, Rejection
from clew.wire.batch import Container, Row
from collector.indexing.documents import DocumentBuilder
from tests.support.batches import CART, FILE, LINE_STEP, batch, part, row
from tests.support.documents import NOON

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
MENDED = (
    b'{"@timestamp":"2023-01-29T11:59:59Z","log.level":"warn","message":"paid","trace.id":"%s"}'
    % (TRACE.encode())
)
"""A line that is fine today, whatever an older rule made of it."""


def refused_row(
    content: bytes,
    offset: int = 0,
    *,
    reason: Reason = Reason.DUPLICATE_KEY,
    field: str = "message",
    time: int = NOON,
) -> Row:
    """What an agent sends of a line that a rule of its own, such as an older one, refuses."""
    line = reject(content, Rejection(reason, field, "by an older rule"))
    return row(b"", offset, time)._replace(
        severity=line.severity,
        flags=line.flags,
        dialect=line.dialect,
        transaction=line.transaction,
        record=line.json,
    )


def documents_of(
    rows: Sequence[Row], *, container: Container = CART, generation: str = FILE
) -> list[Document]:
    """The documents that a collector makes of these rows."""
    sent = batch(part(rows, generation=generation))
    sent.containers = [container]
    return DocumentBuilder(sent, NOON).build()


def quarantined(*contents: bytes, reason: Reason = Reason.DUPLICATE_KEY) -> list[Document]:
    """Lines of one container, each refused for this reason, one second after the other."""
    return documents_of(
        [
            refused_row(content, LINE_STEP * n, reason=reason, time=NOON + n * 1_000_000_000)
            for n, content in enumerate(contents)
        ]
    )
