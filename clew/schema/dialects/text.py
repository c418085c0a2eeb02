"""
Plain text with IDs in it, and plain text without.

Everything that is not JSON is text, so this dialect takes any line. It looks for a head that it
knows (`16:42:09.735 INFO  c.c.Contacts#83 TraceID: <hex> SpanID: <hex> message`) and takes that
apart; of any other line the message is the whole text, and level and IDs are only copied out of it.

A clock without a zone says nothing that can be compared: it is kept as the label `local_time`, and
the runtime's timestamp counts.
"""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType

from clew.schema.identifiers import is_id
from clew.schema.record import Record, storable_timestamp
from clew.schema.timestamps import format_rfc3339, parse_rfc3339

NAME = "text"

_LEVELS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC"
_TIME = r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"

_HEAD = re.compile(
    rf"(?P<time>{_TIME})\s+\[?(?P<level>{_LEVELS})\]?\s+(?P<logger>\S{{1,200}})\s+"
    r"TraceID: (?P<trace>\w{16,32}) SpanID: (?P<span>\w{16}) ?(?P<message>.*)",
    re.DOTALL | re.ASCII,
)
_LEADING_TIME = re.compile(rf"\[?({_TIME})\]?(?=\s|$)", re.ASCII)

# The level is looked for near the front only: further back, ERROR is a word like any other.
_FRONT = 120
_LEVEL = re.compile(rf"(?<![\w.])({_LEVELS})(?![\w.])")
_NAMED_LEVEL = re.compile(r"\b(?:level|lvl|severity)=[\"']?([A-Za-z]{1,20})\b")  # logfmt
_KLOG_LEVEL = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d")  # Kubernetes' own components

_SEPARATOR = r"[\"']?\s*[:=]\s*[\"']?"
_VALUE = r"(n/a|[0-9A-Za-z][0-9A-Za-z_.-]{0,127})"  # N/A is no ID, and neither is its N
_TRACE = re.compile(rf"\btrace[._-]?id{_SEPARATOR}{_VALUE}", re.IGNORECASE)
_SPAN = re.compile(rf"\bspan[._-]?id{_SEPARATOR}{_VALUE}", re.IGNORECASE)
_TRANSACTION = re.compile(rf"\b(?:transaction|tx)[._-]?id{_SEPARATOR}{_VALUE}", re.IGNORECASE)
_ORDER = re.compile(rf"\border[._-]?(?:id|number|no){_SEPARATOR}{_VALUE}", re.IGNORECASE)
# Micrometer writes [<trace>-<span>], Sleuth [application,<trace>,<span>,...].
_BRACKETED = re.compile(r"\[(?:[\w.-]*,)?([0-9a-f]{32}|[0-9a-f]{16})[-,]([0-9a-f]{16})[\],]")
_MARKS = re.compile(r"trace|span|transaction|tx|order|\[[\w.-]*,?[0-9a-f]{16}", re.IGNORECASE)


def translate(line: str) -> Record:
    """The record of any text."""
    head = _HEAD.match(line)
    if head is not None and is_id(head["trace"]):
        return _from_head(head)
    record = Record(message=line)
    front = line[:_FRONT]
    level = _KLOG_LEVEL.match(front) or _NAMED_LEVEL.search(front) or _LEVEL.search(front)
    if level is not None:
        record.level = level[1]
    time = _LEADING_TIME.match(front)
    if time is not None:
        record.timestamp = _zoned(time[1])
    find_ids(record, line)
    return record


def find_ids(record: Record, text: str) -> None:
    """Copy the IDs that stand in a text into a record that has none of its own."""
    if _MARKS.search(text) is None:
        return
    bracketed = _BRACKETED.search(text)
    if bracketed is not None and is_id(bracketed[1]):
        record.trace, record.span = bracketed.groups()
    record.trace = _first(_TRACE, text, record.trace)
    record.span = _first(_SPAN, text, record.span)
    record.transaction = _first(_TRANSACTION, text, record.transaction)
    order = _first(_ORDER, text)
    if order is not UNSET and record.labels is UNSET:
        record.labels = {"order_id": order}


def _first(
    pattern: re.Pattern[str], text: str, default: str | UnsetType = UNSET
) -> str | UnsetType:
    match = pattern.search(text)
    # Sentences end with a dot, IDs don't.
    value = match[1].rstrip(".-_") if match else ""
    return value if is_id(value) else default


def _from_head(head: re.Match[str]) -> Record:
    record = Record(
        level=head["level"],
        message=head["message"],
        logger=head["logger"],
        trace=head["trace"],
        span=head["span"],
        timestamp=_zoned(head["time"]),
    )
    if record.timestamp is UNSET:
        record.labels = {"local_time": head["time"]}
    return record


def _zoned(text: str) -> str | UnsetType:
    try:
        timestamp = format_rfc3339(parse_rfc3339(text))
    except ValueError:
        return UNSET
    return timestamp if storable_timestamp(timestamp) else UNSET
