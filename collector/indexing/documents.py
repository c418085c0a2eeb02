"""
Records -> documents: a prefix is spliced before each line, the line itself is not decoded.

Keeps true: nothing that stands in a document under `kubernetes.`, `clew.` or another name of ours
was written by an application. The agent has checked that, and is not trusted with it: a line in
which one of our names or an escaped letter occurs is decoded again, and what is not canonical
then goes to quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import orjson
from msgspec import UNSET

from clew.schema.dialects.catalog import NONE
from clew.schema.document import Collection, Document, document_id
from clew.schema.keeping import Quarantined, reject
from clew.schema.labels import bounded_labels
from clew.schema.line import DIALECTS, Flag, Member, decode_members
from clew.schema.policy.enforcer import Enforcer
from clew.schema.policy.policy import BUILT_IN, Policy
from clew.schema.record import decode_record, storable_timestamp
from clew.schema.rejection import Reason, Rejection
from clew.schema.timestamps import format_rfc3339
from clew.wire.batch import Batch, Container, Part, Row, rows

_UNFINISHED = Flag.UNFINISHED.value
_OUTPUTS = ("stdout", "stderr")
_SUSPICIOUS = re.compile(
    rb'"(?:kubernetes|clew|stream|log\.file|log\.offset|event\.[io])|\\u00[0-7]'
)
_SINGLE = bytes(flags for flags in range(256) if not flags & Flag.MANY)
_decode_quarantined = msgspec.json.Decoder(Quarantined).decode


class _Reasoned(msgspec.Struct):
    reason: Reason = msgspec.field(name="clew.reason")


_decode_reason = msgspec.json.Decoder(_Reasoned).decode


class _Origin(NamedTuple):
    """What records of a part that begin in one file have in common: a JSON object's beginning."""

    generation: str
    members: bytes
    service: bytes
    enforcer: Enforcer | None


class DocumentBuilder:
    """
    Builds the documents of one batch; `now` (Unix nanoseconds) is when it was taken in.

    Its agent has judged the lines; `policy` is for those that are looked at again.
    """

    def __init__(self, batch: Batch, now: int, policy: Policy = BUILT_IN) -> None:
        self._batch, self._policy = batch, policy
        self._ingested = format_rfc3339(now)
        self._members = [_members(part) for part in batch.parts]

    def build(self) -> list[Document]:
        """The documents of all lines, part by part: one for each, or more where `sizes` says so."""
        return [_document(origin, _checked(origin, row)) for origin, row in self._rows()]

    @property
    def sizes(self) -> list[list[int]]:
        """For each part, how many documents each of its lines is."""
        return [
            [len(members.get(place, (place,))) for place in range(len(part.transactions))]
            for part, members in zip(self._batch.parts, self._members, strict=True)
        ]

    def build_refused(self, reasons: Mapping[int, str]) -> dict[int, Document]:
        """
        What the store would not take, as documents for the quarantine.

        `reasons` has what the store said, by the document's place in the answer of `build`.
        """
        return {
            place: _document(origin, _rejected(origin, row, _refusal(reasons[place])))
            for place, (origin, row) in enumerate(self._rows())
            if place in reasons
        }

    def _rows(self) -> Iterator[tuple[_Origin, Row]]:
        for part, members in zip(self._batch.parts, self._members, strict=True):
            container = self._batch.containers[part.container]
            own = self._origin(container, part.generation, part.path)
            carried = {
                each.place: self._origin(container, each.generation, each.path)
                for each in part.carried
            }
            for place, row in enumerate(rows(part)):
                origin = carried.get(place, own)
                for ordinal, member in enumerate(members.get(place, ())):
                    yield origin, _row_of(row, ordinal, member)
                if place not in members:
                    yield origin, row

    def _origin(self, container: Container, generation: str, path: str) -> _Origin:
        name = container.service or container.workload or container.name
        common = self._common(container, generation, path)
        enforcer = self._policy.enforcer(container.namespace, name, container=container.name)
        return _Origin(generation, common, _member("service.name", name), enforcer)

    def _common(self, container: Container, generation: str, path: str) -> bytes:
        fields: dict[str, Any] = {
            "clew.schema": self._batch.schema,
            "clew.policy": self._batch.policy,
            "clew.generation": generation,
            "event.ingested": self._ingested,
            "kubernetes.namespace": container.namespace,
            "kubernetes.pod.name": container.pod,
            "kubernetes.pod.uid": container.uid,
            "kubernetes.container.name": container.name,
            "kubernetes.container.restart": container.restart,
            "kubernetes.node.name": container.node,
            "kubernetes.workload.name": container.workload,
            "log.file.path": path,
        }
        fields |= {name: value for name, value in _known(container).items() if value}
        return orjson.dumps(fields)[:-1]


def _members(part: Part) -> dict[int, list[Member]]:
    """The records of the lines that hold many, by their places."""
    if not part.flags.translate(None, _SINGLE):  # nearly always, and told without a loop
        return {}
    records = part.records.split(b"\n")
    found = {}
    for place, flags in enumerate(part.flags):
        if flags & Flag.MANY:
            with suppress(msgspec.MsgspecError, RecursionError):  # then it is looked at as it is
                found[place] = decode_members(records[place])
    return {place: members for place, members in found.items() if members}


def _row_of(row: Row, ordinal: int, member: Member) -> Row:
    return row._replace(
        severity=member.severity,
        dialect=NONE if member.flags & Flag.QUARANTINED else row.dialect,
        flags=member.flags & ~Flag.MANY,
        transaction=member.transaction,
        violations=member.violations,
        record=bytes(member.record),
        ordinal=ordinal,
    )


def _known(container: Container) -> dict[str, Any]:
    """What is not known of every container; labels within their bounds, whoever sent them."""
    return {
        "kubernetes.cluster": container.cluster,
        "kubernetes.workload.kind": container.workload_kind,
        "kubernetes.pod.qos_class": container.qos,
        "kubernetes.labels": dict(bounded_labels(container.labels)),
    }


def reason_of(quarantined: Document) -> Reason:
    """Why a document of the quarantine is there."""
    return _decode_reason(quarantined.source).reason


def _document(origin: _Origin, row: Row) -> Document:
    flags = row.flags
    head = [
        origin.members,
        b',"stream":"%s"' % _OUTPUTS[row.output & 1].encode(),
        b',"log.offset":%d,"clew.runtime_nanoseconds":%d' % (row.offset, row.time),
        b',"clew.severity":%d' % row.severity,
        _member("clew.dialect", DIALECTS[min(row.dialect, len(DIALECTS) - 1)]),
    ]
    if row.transaction:
        head.append(_member("clew.transaction", row.transaction))
    if flags & Flag.NO_SERVICE:
        head.append(origin.service)
    if flags & Flag.NO_TIMESTAMP:
        head.append(b',"@timestamp":"%s"' % format_rfc3339(row.time).encode())
        head.append(b',"clew.timestamp":"runtime"')
    violations = ("unfinished_line", *row.violations) if flags & _UNFINISHED else row.violations
    if violations:
        head.append(b',"clew.violations":%b' % orjson.dumps(violations))
    members = row.record.lstrip()[1:].lstrip()
    separator = b"" if members.startswith(b"}") else b","
    return Document(
        Collection.QUARANTINE if flags & Flag.QUARANTINED else Collection.LOGS,
        document_id(origin.generation, row.offset, row.checksum, row.ordinal),
        row.time,
        b"".join(head) + separator + members,
    )


def _checked(origin: _Origin, row: Row) -> Row:
    """The row, after another look at what the agent says is clean."""
    if row.flags & Flag.QUARANTINED:
        try:
            return row._replace(flags=_flags_of(_decode_quarantined(row.record), row.flags))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return _rejected(origin, row, Rejection(Reason.NOT_CANONICAL, detail=str(error)))
    unread = row.flags & Flag.MANY  # it holds several records, which could not be read
    if unread or (_SUSPICIOUS.search(row.record) and decode_record(row.record) is None):
        return _rejected(origin, row, Rejection(Reason.NOT_CANONICAL))
    return row


def _flags_of(kept: Quarantined, flags: int) -> int:
    """The flags of a refused line, which say what it has of its own. Raises ValueError."""
    if kept.timestamp is not UNSET and not storable_timestamp(kept.timestamp):
        raise ValueError("a time that no store takes")
    own = (Flag.NO_TIMESTAMP if kept.timestamp is UNSET else 0) | (
        Flag.NO_SERVICE if kept.service is UNSET else 0
    )
    return flags & ~(Flag.NO_TIMESTAMP | Flag.NO_SERVICE) | own


def _refusal(reason: str) -> Rejection:
    return Rejection(Reason.REFUSED_BY_STORE, detail=reason)


def _rejected(origin: _Origin, row: Row, rejection: Rejection) -> Row:
    line = reject(row.record, rejection, row.flags, origin.enforcer)
    return row._replace(
        severity=line.severity,
        flags=line.flags & ~Flag.MANY,
        dialect=line.dialect,
        transaction=row.transaction or line.transaction,
        record=line.json,
        violations=line.violations,
    )


def _member(name: str, value: str) -> bytes:
    return b"," + orjson.dumps({name: value})[1:-1]
