"""
Any JSON object, by the names that loggers commonly give to things.

Nested objects are flattened to dotted names first, so that `{"log":{"level":"INFO"}}` and
`{"log.level":"INFO"}` are one case. Values are kept as the characters that were written: a number
is not parsed to become a label, so 1e999 and a 40-digit order number arrive as they left.

Not promised: the order of keys, and white space between them.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw

from clew.schema.record import Record, storable_timestamp
from clew.schema.rejection import Reason, Rejection
from clew.schema.timestamps import SECOND, format_rfc3339, parse_rfc3339

NAME = "json"

DEPTH = 16
"""Levels of objects that are flattened: twice what the deepest known logger nests."""
LABELS = 256
"""As many labels as a record has at most; the rest stay together, as JSON, in one label more."""

_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode

# Field of the record -> names it goes by, the most telling first. Where a name could mean two
# things, the field listed first takes it.
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
        "labels.traceId", "labels.trace_id", "mdc.traceId", "mdc.trace_id", "contextMap.traceId",
        "X-B3-TraceId", "dd.trace_id", "otelTraceID", "@tr", "tid", "TID", "trace",
    ),
    "transaction": (
        "transaction.id", "transaction_id", "transactionId", "transactionID", "tx_id", "txId",
        "txid", "mdc.transactionId", "contextMap.transactionId",
    ),
    "span": (
        "span.id", "span_id", "spanId", "spanid", "SpanId", "SpanID", "labels.spanId",
        "mdc.spanId", "contextMap.spanId", "X-B3-SpanId", "dd.span_id", "otelSpanID", "@sp",
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
        "error.stack_trace", "stack_trace", "err.stack", "stack", "stacktrace", "exc_info",
        "exception.stacktrace", "exception", "thrown.extendedStackTrace", "errorVerbose", "@x",
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
_FIELDS = {alias: (field, rank) for field in ALIASES for rank, alias in enumerate(ALIASES[field])}
_IDS = {"trace", "transaction", "span", "parent"}
_NUMBERS = {"duration": 2**63 - 1, "status": 999}
_LONG_TEXTS = {"message", "error_message", "stack_trace"}


class _Value(NamedTuple):
    """A value under its dotted name: the text to keep, and whether it was a JSON string."""

    name: str
    text: str
    quoted: bool


def translate(line: bytes) -> Record | Rejection | None:
    """The record of a line that is one JSON object; None where it does not begin like one."""
    if not line.lstrip(b" \t\r").startswith((b'{"', b"{}", b"{ ")):
        return None
    try:
        values = _flatten("", line, 1)
    except RecursionError:
        return Rejection(Reason.TOO_DEEP, detail="nested too deep to be read")
    except _DuplicateKeyError as error:
        return Rejection(Reason.DUPLICATE_KEY, error.args[0], "the key stands twice in one object")
    except msgspec.MsgspecError as error:
        return Rejection(Reason.INVALID_JSON, detail=str(error))
    return _build(values)


class _DuplicateKeyError(Exception):
    pass


def _flatten(prefix: str, text: bytes, depth: int) -> list[_Value]:
    members = {key: bytes(raw) for key, raw in _decode(text).items()}
    # Of a key that stands twice only the last is given; then quotes are missing from the sum.
    quotes = sum(2 + key.count('"') + raw.count(b'"') for key, raw in members.items())
    if quotes != text.count(b'"'):
        raise _DuplicateKeyError(prefix.removesuffix("."))
    values: list[_Value] = []
    for key, raw in members.items():
        name = prefix + key
        if raw.startswith(b"{") and depth < DEPTH:
            values += _flatten(f"{name}.", raw, depth + 1)
        elif raw.startswith(b'"'):
            values.append(_Value(name, _decode_text(raw), quoted=True))
        elif raw != b"null":
            values.append(_Value(name, raw.decode(), quoted=False))
    return values


def _build(values: list[_Value]) -> Record | Rejection:
    chosen: dict[str, tuple[int, _Value]] = {}
    for value in values:
        field, rank = _FIELDS.get(value.name, ("", 0))
        if field and rank < chosen.get(field, (len(_FIELDS), value))[0]:
            chosen[field] = (rank, value)
    fields: dict[str, str | int] = {}
    labels: dict[str, str] = {}
    for field, (_, value) in chosen.items():
        fitted = _fit(field, value)
        if fitted is not None:
            fields[field] = fitted
    taken = {chosen[field][1].name for field in fields}
    for value in values:
        if value.name not in taken:
            _add_label(labels, value)
    if "message" not in fields and not {"error_message", "stack_trace"} & fields.keys():
        return Rejection(Reason.MISSING_FIELD, "message", "an object without a message")
    fields.setdefault("message", fields.get("error_message", fields.get("stack_trace", "")))
    return Record(**fields, labels=labels or UNSET)  # type: ignore[arg-type]  # by _FIELDS


def _fit(field: str, value: _Value) -> str | int | None:
    """The value as the field takes it; None where it does not fit and becomes a label."""
    if field == "timestamp":
        return _timestamp(value)
    if field in _NUMBERS:
        text = value.text
        fits = text.isascii() and text.isdigit() and len(text) < 20
        return int(text) if fits and int(text) <= _NUMBERS[field] else None
    if field in _LONG_TEXTS:
        return value.text
    if field == "level":
        return value.text.strip() if len(value.text) <= 1024 else None
    if not value.quoted and field not in _IDS:
        return None
    limit = 256 if field in _IDS else 1024
    return value.text if value.text and len(value.text) <= limit else None


def _timestamp(value: _Value) -> str | None:
    """RFC 3339 with a zone, or an epoch in seconds to nanoseconds, told apart by its size."""
    if value.quoted and storable_timestamp(value.text):
        return value.text
    try:
        nanoseconds = _epoch(value.text) if not value.quoted else parse_rfc3339(value.text)
    except ValueError:
        return None
    text = format_rfc3339(nanoseconds) if 0 < nanoseconds < 2**63 else ""
    return text if storable_timestamp(text) else None


def _epoch(text: str) -> int:
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 19):
        raise ValueError(text)
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise ValueError(text)
    for digits, unit in ((11, SECOND), (14, SECOND // 1000), (17, SECOND // 1_000_000), (20, 1)):
        if len(whole) < digits:
            part = int(fraction[:9].ljust(9, "0")) * unit // SECOND if fraction else 0
            return int(whole) * unit + part
    raise ValueError(text)


def _add_label(labels: dict[str, str], value: _Value) -> None:
    # `labels` itself is where labels go: its members need no second `labels.` before them.
    name = value.name.removeprefix("labels.").replace("\0", "\\0")[:256] or "_"
    while name in labels:
        name = f"{name[:255]}_"
    if len(labels) < LABELS - 1 and len(value.text) <= 8191:
        labels[name] = value.text
        return
    # Too long or too many: kept, in pieces that a label can hold.
    rest = f"{value.name}={value.text}\n"
    for start in range(0, len(rest), 8191):
        labels[f"_rest.{len(labels)}"] = rest[start : start + 8191]
