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
from collections.abc import Iterator
from itertools import chain

from msgspec import UNSET, UnsetType

from clew.schema.dialects.stack_trace import find_stack_trace
from clew.schema.identifiers import is_id
from clew.schema.record import TEXT_CHARACTERS, Record, storable_timestamp
from clew.schema.timestamps import format_rfc3339, parse_rfc3339

NAME = "text"

_LEVELS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC"
_TIME = r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"

# A trace of zeros alone is none, and the line is like any other. No part can give back what it
# took, since what follows it can't begin so: `++` spares the attempts.
HEAD_MARK = " SpanID: "
_HEAD = (
    rf"({_TIME})\s++\[?({_LEVELS})\]?\s++(\S{{1,200}}+)\s++"
    rf"TraceID: ((?!0+ )\w{{16,32}}+){HEAD_MARK}(\w{{16}}) ?(.*)"
)
HEAD = re.compile(_HEAD, re.DOTALL | re.ASCII)
"""Its groups: time, level, logger, trace, span, message."""
HEADED_LINES = re.compile(f"{_HEAD}\n", re.ASCII)
"""The same, with a newline behind it and none in the message."""

_ZONE = re.compile(r"Z|:.*[+-]")
_LEADING_TIME = re.compile(rf"\[?({_TIME})\]?(?=\s|$)", re.ASCII)

# The level is looked for near the front only: further back, ERROR is a word like any other.
_FRONT = 120
# What stands before a level is looked at behind it, so that the search is one for its letters.
_BOUNDED = "|".join(rf"{level}(?<![\w.]{level})" for level in _LEVELS.split("|"))
_LEVEL = re.compile(rf"({_BOUNDED})(?![\w.])")
_NAMED_LEVEL = re.compile(r"\b(?:level|lvl|severity)=[\"']?([A-Za-z]{1,20})\b")  # logfmt
_KLOG_LEVEL = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d")  # Kubernetes' own components

_SEPARATOR = r"[\"']?\s*[:=]\s*[\"']?"
_VALUE = r"(n/a|[0-9A-Za-z][0-9A-Za-z_.-]{0,127})"  # N/A is no ID, and neither is its N


class _NamedId:
    """
    An ID behind its name, in any case of letters.

    In small letters, a word that begins every such name is found tens of times faster than by a
    pattern that takes both cases; most texts have no such word.
    """

    def __init__(self, words: tuple[str, ...], rest: str) -> None:
        self._words = words
        behind = f"{rest}{_SEPARATOR}{_VALUE}"
        self._any_case = re.compile(rf"\b(?:{'|'.join(words)}){behind}", re.IGNORECASE)
        # The boundary is looked at behind a word, so that the search is one for the word.
        bounded = "|".join(rf"{word}(?<!\w{word})" for word in words)
        self._small = re.compile(f"(?:{bounded}){behind.lower()}")

    def find(self, text: str, small: str | None) -> str:
        """The ID, or nothing; `small` is an ASCII text in small letters."""
        if small is None:
            match = self._any_case.search(text)
        elif any(map(small.__contains__, self._words)):
            match = self._small.search(small)
        else:
            return ""
        # Sentences end with a dot, IDs don't.
        value = text[match.start(1) : match.end(1)].rstrip(".-_") if match else ""
        return value if is_id(value) else ""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where values stand behind the name, with it: one of them is the ID, if there is one."""
        return (match.span() for match in self._any_case.finditer(text))


_TRACE = _NamedId(("trace",), "[._-]?id")
_SPAN = _NamedId(("span",), "[._-]?id")
_TRANSACTION = _NamedId(("transaction", "tx"), "[._-]?id")
_ORDER = _NamedId(("order",), "[._-]?(?:id|number|no)")
_NAMED = (_TRACE, _SPAN, _TRANSACTION, _ORDER)
# Micrometer writes [<trace>-<span>], Sleuth [application,<trace>,<span>,...].
_BRACKETED = re.compile(r"\[(?:[\w.-]*,)?([0-9a-f]{32}|[0-9a-f]{16})[-,]([0-9a-f]{16})[\],]")
_MARKS = re.compile(r"trace|span|transaction|tx|order|\[[\w.-]*,?[0-9a-f]{16}", re.IGNORECASE)


def translate(line: str) -> Record:
    """The record of any text."""
    return _with_trace(line) if "\n" in line else _of_line(line)


def _with_trace(text: str) -> Record:
    trace = find_stack_trace(text)
    if trace is None:
        return _of_line(text)
    announced = text[: trace.begins].removesuffix("\n")
    if announced.strip():
        record = _of_line(announced)
        record.stack_trace = text[trace.begins :]
    else:
        record = Record(message=trace.said or text.lstrip().partition("\n")[0].rstrip())
        record.stack_trace = text
    if 0 < len(trace.type) <= TEXT_CHARACTERS:
        record.error_type = trace.type
    if trace.message:
        record.error_message = trace.message
    if record.trace is UNSET and record.transaction is UNSET:
        find_ids(record, text)
    return record


def _of_line(line: str) -> Record:
    head = HEAD.match(line)
    return _from_head(head) if head is not None else plain(line, may_have_ids(line))


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


def may_have_ids(text: str) -> bool:
    """
    Whether an ID may stand in a text, or in one of the lines of a text.

    Quick, since nearly every text is asked; a letter outside ASCII may be a small one of a name.
    """
    if not text.isascii():
        return _MARKS.search(text) is not None
    small = text.lower()
    named = "trace" in small or "span" in small or "tx" in small or "order" in small
    return named or "transaction" in small or _BRACKETED.search(text) is not None


def find_ids(record: Record, text: str) -> None:
    """Copy the IDs that stand in a text into a record that has none of its own."""
    if not may_have_ids(text):
        return
    bracketed = _BRACKETED.search(text)
    if bracketed is not None and is_id(bracketed[1]):
        record.trace, record.span = bracketed.groups()
    small = text.lower() if text.isascii() else None
    record.trace = _TRACE.find(text, small) or record.trace
    record.span = _SPAN.find(text, small) or record.span
    record.transaction = _TRANSACTION.find(text, small) or UNSET
    order = _ORDER.find(text, small)
    if order and record.labels is UNSET:
        record.labels = {"order_id": order}


def id_spans(text: str) -> list[tuple[int, int]]:
    """Where a text has to stay as it is for `translate` to find the same IDs, time and head."""
    spans: list[tuple[int, int]] = []
    if may_have_ids(text):
        spans += [match.span() for match in _BRACKETED.finditer(text)]
        spans += chain.from_iterable(each.spans(text) for each in _NAMED)
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
