"""
One line of a container -> what is sent to the collector.

Keeps true: no line is lost here and none raises. It is canonical (its own bytes go on), or written
in a dialect (a record is encoded anew), or rejected (it goes to quarantine with its exact bytes).
The outcome depends on the bytes of the line and the policy of its container alone, so a replay
under the same policy gives the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UNSET

from clew.schema.business import find_business, find_trace
from clew.schema.dialects import otel, otlp, text
from clew.schema.dialects.catalog import CANONICAL, NONE, NUMBERS
from clew.schema.dialects.column import Column
from clew.schema.dialects.flattening import flatten
from clew.schema.dialects.objects import Told, tell
from clew.schema.dialects.preferred import NOTHING, Preferred
from clew.schema.keeping import SAID, keep, reject
from clew.schema.line import (
    LINE_BYTES,
    NO_SERVICE,
    NO_TIMESTAMP,
    QUARANTINED,
    Flag,
    Line,
    Member,
)
from clew.schema.policy.rules import Mode
from clew.schema.record import Record, decode_canonical, encode
from clew.schema.rejection import Reason, Rejection
from clew.schema.severity import severity

if TYPE_CHECKING:
    from clew.schema.policy.enforcer import Enforcer


class Sent(NamedTuple):
    """A record and the JSON it is sent as; its level says how bad it is, or `severity`."""

    record: Record
    json: bytes
    dialect: int
    severity: int | None = None


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
    try:
        return _interpret(content, flags, enforcer, preferred)
    except Exception as error:  # noqa: BLE001  (a bug of one dialect must not end a node's agent)
        detail = f"{type(error).__name__}: {error}"
        return reject(content, Rejection(Reason.UNREADABLE, detail=detail), flags, enforcer)


def _interpret(
    content: bytes, flags: int, enforcer: Enforcer | None, preferred: Preferred | None
) -> Line:
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
    transaction, trace = find_business(record, enforcer), find_trace(record, enforcer)
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
    kept, in_text = keep(content, found[0])
    for name in SAID:
        value = getattr(record, name)
        if value is not UNSET:
            setattr(kept, name, value)
    transaction = transaction or find_business(in_text, enforcer)
    trace = trace or find_trace(in_text, enforcer)
    return Line(encode(kept), NONE, number, flags | QUARANTINED, transaction, trace, violations)


def _refused(
    content: bytes, decoded: str, rejection: Rejection, flags: int, enforcer: Enforcer | None
) -> Line:
    """What is no record as it stands, and is text where the policy does not insist."""
    if enforcer is None or enforcer.refused is Mode.ENFORCE:
        return reject(content, rejection, flags, enforcer)
    refused = (rejection,) if enforcer.refused is Mode.REPORT else ()
    return line_of(content, _sent(text.translate(decoded)), flags, enforcer, refused)
