"""
Any JSON object, by the names that loggers commonly give to things.

Nested objects are flattened to dotted names first, so that `{"log":{"level":"INFO"}}` and
`{"log.level":"INFO"}` are one case. Values are kept as the characters that were written: a number
is not parsed to become a label, so 1e999 and a 40-digit order number arrive as they left. What no
label can hold, or there are too many of, makes the whole line stay with the record.

Not promised: the order of keys, white space between them, and keys whose value is null.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice
from operator import methodcaller
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw

from clew.schema.identifiers import is_id
from clew.schema.record import (
    ID_CHARACTERS,
    KEY_CHARACTERS,
    LABEL_CHARACTERS,
    LABELS,
    TEXT_CHARACTERS,
    Record,
    quotes,
    storable_timestamp,
)
from clew.schema.rejection import Reason, Rejection
from clew.schema.timestamps import format_rfc3339, parse_epoch, parse_rfc3339

NAME = "json"

DEPTH = 16
"""Levels of objects that are flattened: twice what the deepest known logger nests."""

# Node prints `{ a: 1 }`, Python `{'a': 1}`: text, and not broken JSON.
_OBJECT = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*["}]')
_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_plain_quotes = methodcaller("count", b'"')

# Field of the record -> names it goes by, the most telling first. No name stands in two rows.
ALIASES: dict[str, tuple[str, ...]] = {
    "timestamp": ("@timestamp", "timestamp", "time", "ts", "@t", "asctime", "datetime", "date"),
    "level": (
        "log.level", "level", "severity", "levelname", "lvl", "loglevel", "LogLevel", "@l",
        "severity_text", "_level_name", "L",
    ),
    "message": (
        "message", "msg", "event", "short_message", "@m", "@mt", "Message", "body", "log", "text",
    ),
    "service": ("service.name", "service", "serviceName", "app", "application", "dd.service"),
    "trace": (
        "trace.id", "trace_id", "traceId", "traceid", "TraceId", "TraceID", "traceID",
        "labels.traceId", "labels.trace_id", "labels.trace.id", "mdc.traceId", "mdc.trace_id",
        "contextMap.traceId", "X-B3-TraceId", "dd.trace_id", "otelTraceID", "@tr", "tid", "TID",
        "trace",
    ),
    "transaction": (
        "transaction.id", "transaction_id", "transactionId", "transactionID", "tx_id", "txId",
        "txid", "mdc.transactionId", "contextMap.transactionId",
    ),
    "span": (
        "span.id", "span_id", "spanId", "spanid", "SpanId", "SpanID", "labels.spanId",
        "labels.span_id", "labels.span.id", "mdc.spanId", "contextMap.spanId", "X-B3-SpanId",
        "dd.span_id", "otelSpanID", "@sp",
    ),
    "parent": ("parent.id", "parent_id", "parentId", "parent_span_id", "parentSpanId"),
    "logger": ("log.logger", "logger", "logger_name", "loggerName", "Category", "SourceContext"),
    "thread": ("process.thread.name", "thread_name", "threadName", "thread"),
    "error_type": (
        "error.type", "err.type", "err.name", "exception.exception_class", "thrown.name",
    ),
    "error_message": (
        "error.message", "err.message", "error", "err", "exception.exception_message",
        "thrown.message",
    ),
    "stack_trace": (
        "error.stack_trace", "stack_trace", "err.stack", "stack", "errorVerbose", "stacktrace",
        "exc_info", "exception.stacktrace", "exception", "thrown.extendedStackTrace", "@x",
    ),
    "duration": ("event.duration",),
    "method": ("http.request.method", "http.method", "method"),
    "path": ("url.path", "http.target", "path"),
    "status": ("http.response.status_code", "http.status_code", "status_code", "status"),
    "destination": ("destination.service", "peer.service"),
    "dataset": ("event.dataset",),
    "service_version": ("service.version",),
    "environment": ("service.environment",),
    "ecs_version": ("ecs.version",),
}  # fmt: skip
KNOWN_NAMES = {
    alias: (field, rank) for field in ALIASES for rank, alias in enumerate(ALIASES[field])
}
SAID = ("message", "error_message", "stack_trace")
"""Fields that can stand for a message, where there is none."""
ID_FIELDS = {"trace", "transaction", "span", "parent"}
NUMBERS = {"duration": 2**63 - 1, "status": 999}
LONG_TEXTS = {"error_message", "stack_trace"}


class Value(NamedTuple):
    """A value under its dotted name: the text to keep, and whether it was a JSON string."""

    name: str
    text: str
    quoted: bool


def translate(line: bytes) -> Record | Rejection | None:
    """The record of a line that is one JSON object; None where it does not begin like one."""
    if _OBJECT.match(line) is None:
        return None
    try:
        values = _flatten("", line, 1)
    except RecursionError:
        return Rejection(Reason.TOO_DEEP, detail="nested too deep to be read")
    except _DuplicateKeyError as error:
        return Rejection(Reason.DUPLICATE_KEY, error.args[0], "a key stands twice in one object")
    except msgspec.MsgspecError as error:
        return Rejection(Reason.INVALID_JSON, detail=str(error))
    fields, others = _choose(values)
    said = [fields[name] for name in SAID if name in fields]
    if not said:
        return Rejection(Reason.MISSING_FIELD, "message", "an object without a message")
    fields["message"] = said[0]
    labels = _labels(others, line)
    return Record(**fields, labels=labels or UNSET)  # type: ignore[arg-type]  # by fit


class _DuplicateKeyError(Exception):
    """Its argument is the name of the object in which a key stands twice."""


def _flatten(prefix: str, text: bytes, depth: int) -> list[Value]:
    members = {key: bytes(raw) for key, raw in _decode(text).items()}
    # Of a key that stands twice only the last is given; then quotes are missing from the sum.
    count = quotes if b"\\u0022" in text else _plain_quotes
    if count(text) != sum(2 + key.count('"') + count(raw) for key, raw in members.items()):
        raise _DuplicateKeyError(prefix.removesuffix("."))
    values: list[Value] = []
    for key, raw in members.items():
        name = prefix + key
        # A long name before each of many members would make gigabytes out of one line.
        if raw.startswith(b"{") and depth < DEPTH and len(name) < KEY_CHARACTERS:
            values += _flatten(f"{name}.", raw, depth + 1)
        elif raw.startswith(b'"'):
            values.append(Value(name, _decode_text(raw), quoted=True))
        elif raw != b"null":
            values.append(Value(name, raw.decode(), quoted=False))
    return values


def _choose(values: list[Value]) -> tuple[dict[str, str | int], list[Value]]:
    """The fields, each from the most telling value that fits it, and the values left over."""
    fields: dict[str, str | int] = {}
    taken: set[Value] = set()
    known = [value for value in values if value.name in KNOWN_NAMES]
    for value in sorted(known, key=lambda value: KNOWN_NAMES[value.name][1]):
        field, _ = KNOWN_NAMES[value.name]
        fitted = fit(field, value) if field not in fields else None
        if fitted is not None:
            fields[field] = fitted
            taken.add(value)
    return fields, [value for value in values if value not in taken]


def fit(field: str, value: Value) -> str | int | None:
    """The value as the field takes it; None where it does not fit."""
    text = value.text
    if field == "message":
        return text
    if field == "timestamp":
        return _timestamp(value)
    if field in NUMBERS:
        return int(text) if _is_number(text) and int(text) <= NUMBERS[field] else None
    if field in ID_FIELDS:
        return text if _is_id(value) else None
    if field in LONG_TEXTS:  # a stack may be an array of lines
        return text if text and (value.quoted or text.startswith("[")) else None
    fits = 0 < len(text) <= TEXT_CHARACTERS and (value.quoted or field == "level")
    return text if fits else None


def _is_number(text: str) -> bool:
    """Whether a text is a whole number that looks the same when it is written again."""
    return text.isascii() and text.isdigit() and len(text) < 20 and text == str(int(text))


def _is_id(value: Value) -> bool:
    text = value.text
    # An unquoted number is an ID, true and [1] are none; under `tid` it counts threads.
    written = value.quoted or (_is_number(text) and value.name.lower() != "tid")
    return written and len(text) <= ID_CHARACTERS and text.split() == [text] and is_id(text)


def _timestamp(value: Value) -> str | None:
    """RFC 3339 with a zone, as written where a store takes it so; or a number since 1970."""
    if value.quoted and storable_timestamp(value.text):
        return value.text
    parse = parse_rfc3339 if "-" in value.text else parse_epoch
    with suppress(ValueError):
        nanoseconds = parse(value.text)
        text = format_rfc3339(nanoseconds) if 0 < nanoseconds < 2**63 else ""
        return text if storable_timestamp(text) else None
    return None


def _labels(values: list[Value], line: bytes) -> dict[str, str]:
    """A label for each value; where that can't be, the line itself in pieces beside them."""
    labels: dict[str, str] = {}
    for name, text, _ in values:
        # `labels` is where labels go: its members need no second `labels.` before them.
        label = name.removeprefix("labels.")
        fits = 0 < len(label) <= KEY_CHARACTERS and "\0" not in label
        if fits and len(text) <= LABEL_CHARACTERS:
            labels.setdefault(label, text)
    if len(labels) == len(values) <= LABELS:
        return labels
    whole = line.decode()
    starts = range(0, len(whole), LABEL_CHARACTERS)
    pieces = {f"_line.{start}": whole[start : start + LABEL_CHARACTERS] for start in starts}
    return dict(islice(labels.items(), LABELS - len(pieces))) | pieces
