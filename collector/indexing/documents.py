"""
Records -> documents: a prefix is spliced before each line, the line itself is not decoded.

Keeps true: nothing that stands in a document under `kubernetes.`, `clew.` or another name of ours
was written by an application. The agent has checked that, and is not trusted with it: a line in
which one of our names or an escaped letter occurs is decoded again, and what is not canonical
then goes to quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from clew.schema.document import Collection, Document, document_id
from clew.schema.fields import FIELDS
from clew.schema.line import DIALECTS, Flag, Quarantined, reject
from clew.schema.record import SCHEMA_VERSION, decode_record
from clew.schema.rejection import Reason, Rejection
from clew.schema.timestamps import format_rfc3339
from clew.wire.batch import Batch, Container, Part, Row, rows

_OUTPUTS = ("stdout", "stderr")
_SUSPICIOUS = re.compile(rb'"(?:kubernetes|clew|stream|log\.file|log\.offset|event\.i)|\\u00[0-7]')
_decode_quarantined = msgspec.json.Decoder(Quarantined).decode


class DocumentBuilder:
    """Builds the documents of one batch; `now` (Unix nanoseconds) is when it was taken in."""

    def __init__(self, batch: Batch, now: int) -> None:
        self._batch = batch
        self._ingested = format_rfc3339(now)

    def build(self, part: Part) -> Iterator[Document]:
        """The documents of a part, in the order of its records."""
        container = self._batch.containers[part.container]
        common = self._common(container, part)
        service = _member("service.name", container.workload or container.name)
        for row in rows(part):
            yield self._document(part.generation, common, service, row)

    def _document(self, file: str, common: bytes, service: bytes, row: Row) -> Document:
        record, flags = _checked(row)
        head = [
            common,
            b',"stream":"%s"' % _OUTPUTS[row.output & 1].encode(),
            b',"log.offset":%d,"clew.runtime_nanoseconds":%d' % (row.offset, row.time),
            b',"clew.severity":%d' % row.severity,
            _member("clew.dialect", DIALECTS[min(row.dialect, len(DIALECTS) - 1)]),
        ]
        if row.transaction:
            head.append(_member("clew.transaction", row.transaction))
        if flags & Flag.NO_SERVICE:
            head.append(service)
        if flags & Flag.NO_TIMESTAMP:
            head.append(b',"@timestamp":"%s"' % format_rfc3339(row.time).encode())
            head.append(b',"clew.timestamp":"runtime"')
        if flags & Flag.UNFINISHED:
            head.append(b',"clew.violations":["unfinished_line"]')
        rest = record.lstrip()[1:].lstrip()
        separator = b"" if rest.startswith(b"}") else b","
        quarantined = flags & Flag.QUARANTINED
        return Document(
            Collection.QUARANTINE if quarantined else Collection.LOGS,
            document_id(file, row.offset),
            row.time,
            b"".join(head) + separator + rest,
        )

    def _common(self, container: Container, part: Part) -> bytes:
        fields: dict[str, Any] = {
            "clew.schema": SCHEMA_VERSION,
            "clew.policy": self._batch.policy,
            "clew.generation": part.generation,
            "event.ingested": self._ingested,
            "kubernetes.namespace": container.namespace,
            "kubernetes.pod.name": container.pod,
            "kubernetes.pod.uid": container.uid,
            "kubernetes.container.name": container.name,
            "kubernetes.container.restart": container.restart,
            "kubernetes.node.name": container.node,
            "kubernetes.workload.name": container.workload,
            "log.file.path": part.path,
        }
        if container.cluster:
            fields["kubernetes.cluster"] = container.cluster
        return orjson.dumps(fields)[:-1]


def refused_document(document: Document, reason: str) -> Document:
    """What the store would not take, as a document for the quarantine."""
    try:
        source = msgspec.json.decode(document.source, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        source = {}
    file, _, offset = document.id.rpartition("-")
    kept = {
        "@timestamp": format_rfc3339(document.time),
        "clew.generation": file,
        "log.offset": int(offset, 16),
        **{name: raw for name, raw in source.items() if name in _KEPT},
    }
    rejected = Quarantined(
        original=document.source.decode(errors="replace"),
        reason=Reason.REFUSED_BY_STORE,
        detail=reason[:1024],
    )
    body = msgspec.json.encode(kept)[:-1] + b"," + msgspec.json.encode(rejected)[1:]
    return Document(Collection.QUARANTINE, document.id, document.time, body)


_OURS = (
    "kubernetes.",
    "clew.",
    "trace.",
    "transaction.",
    "span.",
    "service.",
    "stream",
    "log.file",
)
_KEPT = frozenset(name for name in FIELDS if name.startswith(_OURS))
"""What of a refused document is kept beside its text: who said it, where it stood, its IDs."""


def _checked(row: Row) -> tuple[bytes, int]:
    """The record and its flags, after another look at what the agent says is clean."""
    record, flags = row.record, row.flags
    if flags & Flag.QUARANTINED:
        try:
            _decode_quarantined(record)
        except msgspec.MsgspecError as error:
            return reject(record, Rejection(Reason.NOT_CANONICAL, detail=str(error))).json, flags
        return record, flags
    if _SUSPICIOUS.search(record) and decode_record(record) is None:
        rejected = reject(record, Rejection(Reason.NOT_CANONICAL), flags)
        return rejected.json, rejected.flags
    return record, flags


def _member(name: str, value: str) -> bytes:
    return b"," + orjson.dumps({name: value})[1:-1]
