"""
One line of a container -> what is sent to the collector.

Keeps true: no line is lost here and none raises. It is canonical (its own bytes go on), or written
in a dialect (a record is encoded anew), or rejected (it goes to quarantine with its exact bytes).
The outcome depends on the bytes of the line alone, so a replay gives the same.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.dialects import otel, otlp, text
from clew.schema.dialects.catalog import CANONICAL, NAMES, NONE, NUMBERS
from clew.schema.dialects.column import Column
from clew.schema.dialects.dialect import JsonDialect
from clew.schema.dialects.flattening import flatten
from clew.schema.dialects.objects import Told, tell
from clew.schema.dialects.text_ids import find_ids
from clew.schema.identifiers import is_id, span_like
from clew.schema.record import Record, decode_canonical, encode
from clew.schema.rejection import Reason, Rejection
from clew.schema.severity import severity

LINE_BYTES = 1024 * 1024
"""The longest line that becomes a record. 1 MiB is past any log line that somebody reads."""

TAIL_BYTES = 64 * 1024
"""How much of a longer line's end is looked through for IDs: loggers put them first or last."""

BUSINESS_LABELS = ("transaction_id", "order_id")

DIALECTS = NAMES


class Flag(IntFlag):
    """What the collector must know of a line without looking into it."""

    QUARANTINED = 1
    NO_TIMESTAMP = 2  # the runtime's counts
    NO_SERVICE = 4  # the container's counts
    UNFINISHED = 8  # a piece of a line whose other pieces never came
    MANY = 16  # an array of members: the line holds several records


# As plain numbers: to join two members of an enum takes longer than to decode a line.
NO_TIMESTAMP, NO_SERVICE = Flag.NO_TIMESTAMP.value, Flag.NO_SERVICE.value
_REJECTED = Flag.QUARANTINED.value | NO_TIMESTAMP | NO_SERVICE


class Line(NamedTuple):
    """
    `json` is one JSON object without a newline; `transaction`, the business transaction, and
    `trace` are empty where there is none.
    """

    json: bytes
    dialect: int
    severity: int
    flags: int
    transaction: str
    trace: str = ""

    def members(self) -> list[Line]:
        """Each record of a line that holds many, in their order."""
        return [
            Line(
                bytes(member.record),
                self.dialect,
                member.severity,
                member.flags,
                member.transaction,
            )
            for member in decode_members(self.json)
        ]


class Member(msgspec.Struct):
    """One record of a line that holds many, and what stands beside it."""

    record: msgspec.Raw
    severity: int
    flags: int = 0
    transaction: str = ""


decode_members = msgspec.json.Decoder(list[Member]).decode


@dataclass(slots=True)
class Lines:
    """Many lines as columns: a place means the same line in all of them."""

    jsons: list[bytes] = field(default_factory=list)
    severities: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    dialects: list[int] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)


class Quarantined(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is kept of a rejected line. `raw` is base64, where `original` does not say it all."""

    original: str = msgspec.field(name="event.original")
    reason: Reason = msgspec.field(name="clew.reason")
    field: str = msgspec.field(name="clew.field", default="")
    detail: str = msgspec.field(name="clew.detail", default="")
    raw: str = msgspec.field(name="clew.raw", default="")
    trace: str | UnsetType = msgspec.field(name="trace.id", default=UNSET)
    transaction: str | UnsetType = msgspec.field(name="transaction.id", default=UNSET)
    span: str | UnsetType = msgspec.field(name="span.id", default=UNSET)


def interpret(content: bytes, flags: int = 0, pinned: JsonDialect | None = None) -> Line:
    """What becomes of the content of one line, without its newline."""
    if len(content) > LINE_BYTES:
        detail = f"{len(content)} bytes, the limit is {LINE_BYTES}"
        return reject(content, Rejection(Reason.TOO_LONG, detail=detail), flags)
    # A decoder that fails costs more than a look at the first byte.
    record = decode_canonical(content) if content.startswith(b"{") else None
    if record is not None:
        return _line(content, record, CANONICAL, flags)
    try:
        decoded = content.decode()
    except UnicodeDecodeError as error:
        detail = f"byte {error.start}: {error.reason}"
        return reject(content, Rejection(Reason.INVALID_UTF8, detail=detail), flags)
    columns = flatten(content)
    if columns is None:
        return _of_told(text.translate(decoded), flags)
    if isinstance(columns, Rejection):
        return reject(content, columns, flags)
    return _of_object(content, columns, flags, pinned)


def _of_object(
    content: bytes, columns: list[Column], flags: int, pinned: JsonDialect | None
) -> Line:
    if columns and columns[0].name == otlp.RESOURCES:
        return _many(content, flags)
    told = tell(columns, [content], pinned)
    if isinstance(told, Rejection):
        return reject(content, told, flags)
    return _of_told(told, flags)


def _of_told(told: Told, flags: int) -> Line:
    (record,), (number,), dialect = told
    return _line(encode(record), record, NUMBERS[dialect], flags, number)


def _many(content: bytes, flags: int) -> Line:
    """A line in OTLP, of which each record is a member."""
    records = otlp.expand(content)
    if records is None:
        detail = f"no log records in OTLP, or more than {otlp.RECORDS}"
        return reject(content, Rejection(Reason.INVALID_OTLP, otlp.RESOURCES, detail), flags)
    lines = [_member(columns) for columns in records]
    if len(lines) == 1:
        return lines[0]._replace(flags=lines[0].flags | flags)
    members = [
        Member(msgspec.Raw(line.json), line.severity, line.flags | flags, line.transaction)
        for line in lines
    ]
    worst = max(line.severity for line in lines)
    return Line(encode(members), lines[0].dialect, worst, flags | Flag.MANY.value, "")


def _member(columns: list[Column]) -> Line:
    """A record of a line in OTLP; one without a text is a record with an empty message."""
    if otlp.find_body(columns) is None:
        columns = [*columns, Column("body", [""], quoted=True)]
    told = tell(columns, [otlp.encode_columns(columns)], otel.RECORD)
    assert not isinstance(told, Rejection)
    return _of_told(told, 0)


def reject(content: bytes, rejection: Rejection, flags: int = 0) -> Line:
    """A line for the quarantine, with the IDs that can be found in it."""
    # Written as JSON, a byte may become six: what is longer than any line is not kept twice.
    original = content[:LINE_BYTES].decode(errors="backslashreplace")
    found = Record()
    find_ids(found, original + _tail(content))
    exact = original.encode() == content
    quarantined = Quarantined(
        original=original,
        reason=rejection.reason,
        field=rejection.field[:1024],
        detail=rejection.detail[:1024],
        raw="" if exact else b64encode(content).decode(),
        trace=found.trace,
        transaction=found.transaction,
        span=found.span,
    )
    flags |= _REJECTED
    trace = "" if found.trace is UNSET else found.trace
    return Line(encode(quarantined), NONE, 0, flags, business_transaction(found), trace)


def _tail(content: bytes) -> str:
    """The end of a line that is not kept as text to its end."""
    rest = content[LINE_BYTES:][-TAIL_BYTES:]
    return "\n" + rest.decode(errors="backslashreplace") if rest else ""


def business_transaction(record: Record) -> str:
    """
    The order, payment or other number of the business that a record belongs to, or nothing.

    `transaction.id` is that for some people; tracers put one service's piece of work there, which
    looks like a span's ID and is left aside.
    """
    if record.transaction is not UNSET and business_id(record.transaction):
        return record.transaction
    if record.labels is not UNSET:
        for name in BUSINESS_LABELS:
            value = record.labels.get(name)
            if value and len(value) <= 256 and is_id(value):
                return value
    return ""


@lru_cache(maxsize=8192)  # the lines of a transaction come close together
def business_id(transaction: str) -> str:
    """A `transaction.id`, or nothing where it is none of the business."""
    return transaction if is_id(transaction) and not span_like(transaction) else ""


def _line(
    json: bytes, record: Record, dialect: int, flags: int, severity_number: int | None = None
) -> Line:
    if record.timestamp is UNSET:
        flags |= NO_TIMESTAMP
    if record.service is UNSET:
        flags |= NO_SERVICE
    if severity_number is None:
        severity_number = severity(record.level) if record.level is not UNSET else 0
    trace = "" if record.trace is UNSET else record.trace
    return Line(json, dialect, severity_number, flags, business_transaction(record), trace)
