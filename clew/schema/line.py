"""
One line of a container -> what is sent to the collector.

Keeps true: no line is lost here and none raises. It is canonical (its own bytes go on), or written
in a dialect (a record is encoded anew), or rejected (it goes to quarantine with its exact bytes).
The outcome depends on the bytes of the line and the policy of its container alone, so a replay
under the same policy gives the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.dialects import otel, otlp, text
from clew.schema.dialects.catalog import CANONICAL, NAMES, NONE, NUMBERS
from clew.schema.dialects.column import Column
from clew.schema.dialects.flattening import flatten
from clew.schema.dialects.objects import Told, tell
from clew.schema.dialects.preferred import NOTHING, Preferred
from clew.schema.dialects.text_ids import find_ids
from clew.schema.identifiers import is_id, span_like
from clew.schema.policy.rules import Mode
from clew.schema.record import Record, decode_canonical, encode
from clew.schema.rejection import Reason, Rejection
from clew.schema.severity import severity

if TYPE_CHECKING:
    from clew.schema.policy.enforcer import Enforcer

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
QUARANTINED = Flag.QUARANTINED.value
_REJECTED = QUARANTINED | NO_TIMESTAMP | NO_SERVICE


class Line(NamedTuple):
    """
    `json` is one JSON object without a newline; `transaction`, the business transaction, and
    `trace` are empty where there is none. `violations` is what was found wanting, the reason why
    it is quarantined first; of a line that holds many records, what was in any of them.
    """

    json: bytes
    dialect: int
    severity: int
    flags: int
    transaction: str
    trace: str = ""
    violations: tuple[str, ...] = ()

    def members(self) -> list[Line]:
        """Each record of a line that holds many, in their order."""
        return [
            Line(
                bytes(member.record),
                self.dialect,
                member.severity,
                member.flags,
                member.transaction,
                violations=member.violations,
            )
            for member in decode_members(self.json)
        ]


class Sent(NamedTuple):
    """A record and the JSON it is sent as; its level says how bad it is, or `severity`."""

    record: Record
    json: bytes
    dialect: int
    severity: int | None = None


class Member(msgspec.Struct):
    """One record of a line that holds many, and what stands beside it."""

    record: msgspec.Raw
    severity: int
    flags: int = 0
    transaction: str = ""
    violations: tuple[str, ...] = ()


decode_members = msgspec.json.Decoder(list[Member]).decode


@dataclass(slots=True)
class Lines:
    """
    Many lines as columns: a place means the same line in all of them.

    `violations` has an entry for those lines only that have some. `records` is for a moment what
    the lines were made of: None, or no column at all, where that is not at hand.
    """

    jsons: list[bytes] = field(default_factory=list)
    severities: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    dialects: list[int] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    violations: dict[int, tuple[str, ...]] = field(default_factory=dict)
    records: Sequence[Record | None] = field(default=(), compare=False, repr=False)


class Quarantined(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """
    What is kept of a rejected line. `raw` is base64, where `original` does not say it all.

    Of one that a policy refuses, which is a record all the same, who spoke stands in its fields.
    """

    original: str = msgspec.field(name="event.original")
    reason: Reason = msgspec.field(name="clew.reason")
    field: str = msgspec.field(name="clew.field", default="")
    detail: str = msgspec.field(name="clew.detail", default="")
    raw: str = msgspec.field(name="clew.raw", default="")
    timestamp: str | UnsetType = msgspec.field(name="@timestamp", default=UNSET)
    level: str | UnsetType = msgspec.field(name="log.level", default=UNSET)
    service: str | UnsetType = msgspec.field(name="service.name", default=UNSET)
    logger: str | UnsetType = msgspec.field(name="log.logger", default=UNSET)
    trace: str | UnsetType = msgspec.field(name="trace.id", default=UNSET)
    transaction: str | UnsetType = msgspec.field(name="transaction.id", default=UNSET)
    span: str | UnsetType = msgspec.field(name="span.id", default=UNSET)


_SAID = ("timestamp", "level", "service", "logger", "trace", "transaction", "span")
"""What is kept of a record that a policy refuses, beside the line."""


def interpret(
    content: bytes,
    flags: int = 0,
    enforcer: Enforcer | None = None,
    preferred: Preferred | None = None,
) -> Line:
    """
    What becomes of the content of one line, without its newline.

    It is tried first as what is `preferred`, by the policy where nothing else is said.
    """
    if enforcer is not None:
        preferred = preferred or enforcer.preferred
    objects, texts = preferred or NOTHING
    if len(content) > LINE_BYTES:
        detail = f"{len(content)} bytes, the limit is {LINE_BYTES}"
        return reject(content, Rejection(Reason.TOO_LONG, detail=detail), flags, enforcer)
    # A decoder that fails costs more than a look at the first byte.
    record = decode_canonical(content) if content.startswith(b"{") else None
    if record is not None:
        return line_of(content, Sent(record, content, CANONICAL), flags, enforcer)
    try:
        decoded = content.decode()
    except UnicodeDecodeError as error:
        detail = f"byte {error.start}: {error.reason}"
        return reject(content, Rejection(Reason.INVALID_UTF8, detail=detail), flags, enforcer)
    columns = flatten(content)
    if columns is None:
        return line_of(content, _sent(text.translate(decoded, texts)), flags, enforcer)
    line = (
        columns
        if isinstance(columns, Rejection)
        else _of_object(content, columns, flags, objects, enforcer)
    )
    if isinstance(line, Rejection):
        return _refused(content, decoded, line, flags, enforcer)
    return line


def _of_object(
    content: bytes,
    columns: list[Column],
    flags: int,
    preferred: str,
    enforcer: Enforcer | None,
) -> Line | Rejection:
    if columns and columns[0].name == otlp.RESOURCES:
        return _many(content, flags, enforcer)
    told = tell(columns, [content], preferred=preferred)
    if isinstance(told, Rejection):
        return told
    return line_of(content, _sent(told), flags, enforcer)


def _sent(told: Told) -> Sent:
    (record,), (number,), dialect = told
    return Sent(record, encode(record), NUMBERS[dialect], number)


def _many(content: bytes, flags: int, enforcer: Enforcer | None) -> Line | Rejection:
    """A line in OTLP, of which each record is a member."""
    records = otlp.expand(content)
    if records is None:
        detail = f"no log records in OTLP, or more than {otlp.RECORDS}"
        return Rejection(Reason.INVALID_OTLP, otlp.RESOURCES, detail)
    if len(records) == 1:
        return _member(records[0], content, flags, enforcer)
    lines = [_member(columns, b"", flags, enforcer) for columns in records]
    members = [
        Member(
            msgspec.Raw(line.json),
            line.severity,
            line.flags,
            line.transaction,
            line.violations,
        )
        for line in lines
    ]
    worst = max(line.severity for line in lines)
    violations = tuple(dict.fromkeys(each for line in lines for each in line.violations))
    dialect, flags = NUMBERS[otel.RECORD.name], flags | Flag.MANY.value
    return Line(encode(members), dialect, worst, flags, "", violations=violations)


def _member(columns: list[Column], content: bytes, flags: int, enforcer: Enforcer | None) -> Line:
    """
    A record of a line in OTLP; one without a text is a record with an empty message.

    `content` is its line, where there are no others in it: quarantine keeps that, or else what the
    line says of this record.
    """
    if otlp.find_body(columns) is None:
        columns = [*columns, Column("body", [""], quoted=True)]
    own = otlp.encode_columns(columns)
    told = tell(columns, [own], otel.RECORD)
    assert not isinstance(told, Rejection)
    return line_of(content or own, _sent(told), flags, enforcer)


def reject(
    content: bytes, rejection: Rejection, flags: int = 0, enforcer: Enforcer | None = None
) -> Line:
    """A line for the quarantine, with the IDs that can be found in it."""
    kept, found = _keep(content, rejection)
    transaction, trace = _business(found, enforcer), _trace(found, enforcer)
    violations = (rejection.violation,)
    return Line(encode(kept), NONE, 0, flags | _REJECTED, transaction, trace, violations)


def line_of(
    content: bytes,
    sent: Sent,
    flags: int = 0,
    enforcer: Enforcer | None = None,
    refused: tuple[Rejection, ...] = (),
) -> Line:
    """
    What becomes of the record of a line, which is sent where the policy lets it.

    `refused` is what the schema had against the line before it was taken for text.
    """
    record, json, dialect, number = sent
    if number is None:
        number = severity(record.level) if record.level is not UNSET else 0
    transaction, trace = _business(record, enforcer), _trace(record, enforcer)
    if record.timestamp is UNSET:
        flags |= NO_TIMESTAMP
    if record.service is UNSET:
        flags |= NO_SERVICE
    if enforcer is None:
        return Line(json, dialect, number, flags, transaction, trace)
    mode, found = enforcer.judge(record, transaction, number)
    violations = tuple(each.violation for each in (*refused, *found))
    if not found or mode is not Mode.ENFORCE:
        return Line(json, dialect, number, flags, transaction, trace, violations)
    kept, in_text = _keep(content, found[0])
    for name in _SAID:
        value = getattr(record, name)
        if value is not UNSET:
            setattr(kept, name, value)
    transaction = transaction or _business(in_text, enforcer)
    trace = trace or _trace(in_text, enforcer)
    return Line(encode(kept), NONE, number, flags | QUARANTINED, transaction, trace, violations)


def _refused(
    content: bytes, decoded: str, rejection: Rejection, flags: int, enforcer: Enforcer | None
) -> Line:
    """What is no record as it stands, and is text where the policy does not insist."""
    if enforcer is None or enforcer.refused is Mode.ENFORCE:
        return reject(content, rejection, flags, enforcer)
    refused = (rejection,) if enforcer.refused is Mode.REPORT else ()
    return line_of(content, _sent(text.translate(decoded)), flags, enforcer, refused)


def _keep(content: bytes, rejection: Rejection) -> tuple[Quarantined, Record]:
    """A line as it is kept, and the IDs that stand in its text."""
    # Written as JSON, a byte may become six: what is longer than any line is not kept twice.
    original = content[:LINE_BYTES].decode(errors="backslashreplace")
    found = Record()
    find_ids(found, original + _tail(content))
    exact = original.encode() == content
    kept = Quarantined(
        original=original,
        reason=rejection.reason,
        field=rejection.field[:1024],
        detail=rejection.detail[:1024],
        raw="" if exact else b64encode(content).decode(),
        trace=found.trace,
        transaction=found.transaction,
        span=found.span,
    )
    return kept, found


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


def _business(record: Record, enforcer: Enforcer | None) -> str:
    if enforcer is None or not enforcer.ids.fields:
        return business_transaction(record)
    return enforcer.transaction(record)


def _trace(record: Record, enforcer: Enforcer | None) -> str:
    if record.trace is UNSET:
        return ""
    return record.trace if enforcer is None or enforcer.ids.may_be_id(record.trace) else ""
