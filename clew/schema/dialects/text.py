"""
Plain text with IDs in it, and plain text without.

Everything that is not JSON is text, so this dialect takes any line. It looks for a head that it
knows (`16:42:09.735 INFO  c.c.Contacts#83 TraceID: <hex> SpanID: <hex> message`) and takes that
apart; of any other line the message is the whole text, and level and IDs are only copied out of it.

Text of several lines may be a log line and the stack trace that it announces: the trace gets a
field, and what was thrown gets two. Where the text begins with the trace, the message is what the
exception says, and the trace is the whole text.

A clock without a zone says nothing that can be compared: it is kept as the label `local_time`, and
the runtime's timestamp counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from clew.schema.dialects.objects import Told
from clew.schema.dialects.stack_trace import SAID_CHARACTERS, find_stack_trace, first_line
from clew.schema.dialects.text_dialect import LEVELS, TIME, TextDialect
from clew.schema.dialects.text_ids import find_ids, id_spans, may_have_ids
from clew.schema.dialects.text_parts import begins_whole, take_apart, take_preferred, tell_apart
from clew.schema.record import TEXT_CHARACTERS, Record, storable_timestamp
from clew.schema.severity import UNKNOWN, severity
from clew.schema.timestamps import format_rfc3339, parse_rfc3339

NAME = "text"


# A trace of zeros alone is none, and the line is like any other. No part can give back what it
# took, since what follows it can't begin so: `++` spares the attempts.
HEAD_MARK = " SpanID: "
_HEAD = (
    rf"({TIME})\s++\[?({LEVELS})\]?\s++(\S{{1,200}}+)\s++"
    rf"TraceID: ((?!0+ )\w{{16,32}}+){HEAD_MARK}(\w{{16}}) ?(.*)"
)
HEAD = re.compile(_HEAD, re.DOTALL | re.ASCII)
"""Its groups: time, level, logger, trace, span, message."""
HEADED_LINES = re.compile(f"{_HEAD}\n", re.ASCII)
"""The same, with a newline behind it and none in the message."""

_ZONE = re.compile(r"Z|:.*[+-]")
_LEADING_TIME = re.compile(rf"\[?({TIME})\]?(?=\s|$)", re.ASCII)

# The level is looked for near the front only: further back, ERROR is a word like any other.
_FRONT = 120
# What stands before a level is looked at behind it, so that the search is one for its letters.
# Each word more costs every text: those are the ones that texts of no known logger have.
_WORDS = [
    "TRACE",
    "DEBUG",
    "INFO",
    "NOTICE",
    "WARN",
    "WARNING",
    "ERROR",
    "SEVERE",
    "CRITICAL",
    "FATAL",
    "PANIC",
]
_BOUNDED = "|".join(rf"{level}(?<![\w.]{level})" for level in _WORDS)
_LEVEL = re.compile(rf"({_BOUNDED})(?![\w.])")
_NAMED_LEVEL = re.compile(r"\b(?:level|lvl|severity)=[\"']?([A-Za-z]{1,20})\b")  # logfmt
_KLOG_LEVEL = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d")  # Kubernetes' own components


def translate(text: str, preferred: Sequence[TextDialect] = ()) -> Told:
    """The record of any text."""
    return _with_trace(text, preferred) if "\n" in text else _of_line(text, preferred)


def _with_trace(text: str, preferred: Sequence[TextDialect]) -> Told:
    trace = find_stack_trace(text)
    if trace is None or begins_whole(text):
        return _of_line(text, preferred)
    announced = text[: trace.begins].rstrip("\r\n")  # Spring Boot leaves a line between them
    if announced.strip():
        told = _of_line(announced, preferred)
        stack = text[trace.begins :]
    else:
        message = trace.said[:SAID_CHARACTERS] or first_line(text)
        told, stack = Told([Record(message=message)], [UNKNOWN], NAME), text
    (record,) = told.records
    record.stack_trace = stack
    if 0 < len(trace.type) <= TEXT_CHARACTERS:
        record.error_type = trace.type
    if trace.message:
        record.error_message = trace.message[:SAID_CHARACTERS]
    if record.trace is UNSET and record.transaction is UNSET:
        find_ids(record, text)
    return told


def _of_line(line: str, preferred: Sequence[TextDialect]) -> Told:
    taken = take_preferred(line, preferred)
    if taken is not None:
        return tell_apart(taken.dialect, [taken.pairs], [line])
    head = HEAD.match(line) if HEAD_MARK in line else None
    if head is not None:
        record = _from_head(head)
    else:
        taken = take_apart(line)
        if taken is not None:
            return tell_apart(taken.dialect, [taken.pairs], [line])
        record = plain(line, may_have_ids(line))
    return Told([record], [UNKNOWN if record.level is UNSET else severity(record.level)], NAME)


def plain(line: str, look_for_ids: bool) -> Record:
    """The record of a text without a head that is known."""
    record = Record(message=line)
    front = line[:_FRONT]
    level = _find_level(front)
    if level is not None:
        record.level = level[1]
    time = _LEADING_TIME.match(front)
    if time is not None:
        record.timestamp = _zoned(time[1])
    if look_for_ids:
        find_ids(record, line)
    return record


def _find_level(front: str) -> re.Match[str] | None:
    level = _KLOG_LEVEL.match(front)
    if level is None and "=" in front:
        level = _NAMED_LEVEL.search(front)
    return level or _LEVEL.search(front)


def kept_spans(text: str) -> list[tuple[int, int]]:
    """Where a text has to stay as it is for `translate` to find the same IDs, time and head."""
    spans = id_spans(text)
    head = HEAD.match(text)
    if head is not None:
        spans.append((0, head.start(6)))
    time = _LEADING_TIME.match(text[:_FRONT])
    if time is not None:
        spans.append(time.span())
    return spans


def _from_head(head: re.Match[str]) -> Record:
    time, level, logger, trace, span, message = head.groups()
    record = Record(
        level=level,
        message=message,
        logger=logger,
        trace=trace,
        span=span,
        timestamp=_zoned(time),
    )
    if record.timestamp is UNSET:
        record.labels = {"local_time": time}
    return record


def zoned_times(texts: list[str]) -> list[str | UnsetType]:
    """The timestamps of clocks that say their zone."""
    joined = "".join(texts)
    if "Z" not in joined and "+" not in joined and "-" not in joined:
        return [UNSET] * len(texts)
    return list(map(_zoned, texts))


def _zoned(text: str) -> str | UnsetType:
    if _ZONE.search(text) is None:
        return UNSET
    try:
        timestamp = format_rfc3339(parse_rfc3339(text))
    except ValueError:
        return UNSET
    return timestamp if storable_timestamp(timestamp) else UNSET
