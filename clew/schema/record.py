"""
The canonical line: ECS logging as a closed set of fields.

A canonical line decodes into `Record` with nothing left over, has each key once, is UTF-8 and
within bounds. Its bytes are then passed on to the store exactly as the application wrote them, so
whatever is let through here must be acceptable to a store as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from clew.schema.timestamps import parse_rfc3339

SCHEMA_VERSION = 1
"""Of the record, as agents write it; docs/spec/record.md says when it changes."""
SCHEMA_VERSIONS = range(1, SCHEMA_VERSION + 1)
"""Whose records can go into the store."""

TEXT_CHARACTERS, ID_CHARACTERS, KEY_CHARACTERS, LABELS = 1024, 256, 256, 256
LABEL_CHARACTERS = 8191
"""Lucene refuses a term of more than 32,766 bytes, which so many characters never are."""

Text = Annotated[str, Meta(max_length=TEXT_CHARACTERS)]
_Path = Annotated[str, Meta(max_length=LABEL_CHARACTERS)]
_Id = Annotated[str, Meta(max_length=ID_CHARACTERS)]
# No NUL either, which ends a key in Elasticsearch's flattened fields: a pattern here would cost as
# much as all the rest of a line.
_Key = Annotated[str, Meta(min_length=1, max_length=KEY_CHARACTERS)]
_Label = Annotated[str, Meta(max_length=LABEL_CHARACTERS)]
_Labels = Annotated[dict[_Key, _Label], Meta(max_length=LABELS)]
_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Status = Annotated[int, Meta(ge=0, le=999)]


class Record(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One log record, which is part of no cycle. Unset fields are absent from its JSON."""

    timestamp: str | UnsetType = msgspec.field(name="@timestamp", default=UNSET)
    level: Text | UnsetType = msgspec.field(name="log.level", default=UNSET)
    message: str | UnsetType = UNSET
    service: Text | UnsetType = msgspec.field(name="service.name", default=UNSET)
    trace: _Id | UnsetType = msgspec.field(name="trace.id", default=UNSET)
    transaction: _Id | UnsetType = msgspec.field(name="transaction.id", default=UNSET)
    span: _Id | UnsetType = msgspec.field(name="span.id", default=UNSET)
    parent: _Id | UnsetType = msgspec.field(name="parent.id", default=UNSET)
    logger: Text | UnsetType = msgspec.field(name="log.logger", default=UNSET)
    thread: Text | UnsetType = msgspec.field(name="process.thread.name", default=UNSET)
    error_type: Text | UnsetType = msgspec.field(name="error.type", default=UNSET)
    error_message: str | UnsetType = msgspec.field(name="error.message", default=UNSET)
    stack_trace: str | UnsetType = msgspec.field(name="error.stack_trace", default=UNSET)
    duration: _Count | UnsetType = msgspec.field(name="event.duration", default=UNSET)
    method: Text | UnsetType = msgspec.field(name="http.request.method", default=UNSET)
    path: _Path | UnsetType = msgspec.field(name="url.path", default=UNSET)
    status: _Status | UnsetType = msgspec.field(name="http.response.status_code", default=UNSET)
    destination: Text | UnsetType = msgspec.field(name="destination.service", default=UNSET)
    dataset: Text | UnsetType = msgspec.field(name="event.dataset", default=UNSET)
    service_version: Text | UnsetType = msgspec.field(name="service.version", default=UNSET)
    environment: Text | UnsetType = msgspec.field(name="service.environment", default=UNSET)
    ecs_version: Text | UnsetType = msgspec.field(name="ecs.version", default=UNSET)
    labels: _Labels | UnsetType = UNSET


_decode = msgspec.json.Decoder(Record).decode
encode = msgspec.json.Encoder().encode

# log4j2's template for ECS is canonical but for its IDs, which the dialect puts in their place.
ID_LABELS = frozenset({"traceId", "trace_id", "trace.id", "spanId", "span_id", "span.id"})

# Java, and so Elasticsearch, knows no zone 18 hours away; no clock on earth shows more than 14.
_REST = r"[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-7]):[0-5]\d)"
_SECONDS = re.compile(_REST, re.ASCII)
_IN_UTC = re.compile(r"^(.{17})[0-5]\d\.\d{1,9}Z\n", re.ASCII | re.MULTILINE)
_TO_ZEROS = str.maketrans("123456789", "0" * 9)
_minute = itemgetter(slice(17))
_TIMESTAMPS = re.compile(rf"^(.{{17}}){_REST}\n", re.ASCII | re.MULTILINE)


@lru_cache(maxsize=4096)
def _storable_minute(text: str) -> bool:
    """Whether `2023-01-29T08:42:` is a minute that Elasticsearch's date_nanos can hold."""
    if len(text) != 17 or text[10] != "T" or not 1971 <= int(text[:4]) <= 2261:
        return False
    parse_rfc3339(text + "00Z")
    return True


def storable_timestamp(text: str) -> bool:
    """Whether a timestamp can go into a store as it is written."""
    try:
        return _storable_minute(text[:17]) and _SECONDS.fullmatch(text, 17) is not None
    except ValueError:
        return False


def storable_timestamps(texts: list[str]) -> bool:
    """Whether all of them can."""
    if _surely_storable(texts):
        return True
    joined = "\n".join([*texts, ""])
    if joined.count("\n") != len(texts):
        return False
    minutes = _IN_UTC.findall(joined)  # most often, and found in two thirds of the time
    if len(minutes) != len(texts):
        minutes = _TIMESTAMPS.findall(joined)
        if len(minutes) != len(texts):
            return False
    try:
        return all(map(_storable_minute, set(minutes)))
    except ValueError:
        return False


def _surely_storable(texts: list[str]) -> bool:
    """Those of one length, in UTC, with a fraction, as most loggers write them: half the cost."""
    length = len(texts[0]) if texts else 0
    form = f"0000-00-00T00:00:00.{'0' * (length - 21)}Z"
    joined = "".join(texts)
    if not 22 <= length <= 30 or joined.translate(_TO_ZEROS) != form * len(texts):
        return False
    try:
        minutes = all(map(_storable_minute, set(map(_minute, texts))))
    except ValueError:
        return False
    return minutes and max(set(joined[17::length])) < "6"


def storable_names(labels: Iterable[str]) -> bool:
    """Whether none of these names has a NUL in it, which only an escape can write."""
    return not any("\0" in name for name in labels)


def quotes(json: bytes) -> int:
    r"""How many quotation marks a JSON text has, those written as \u0022 among them."""
    number = json.count(b'"')
    if b"\\u0022" in json:
        # A backslash that is written as two does not escape what follows it.
        number += json.replace(b"\\\\", b"").count(b"\\u0022")
    return number


def decode_canonical(line: bytes) -> Record | None:
    """The record of a canonical line, or None where the line is anything else."""
    record = decode_record(line)
    if record is None or record.message is UNSET or record.level is UNSET:
        return None
    if record.labels is not UNSET and not ID_LABELS.isdisjoint(record.labels):
        return None
    return record


def decode_record(line: bytes) -> Record | None:
    """
    The record of a line that a store will take as it is, or None. Any field may be missing.

    msgspec takes a key that stands twice, and keeps the second; a store would refuse it. A key
    more means two quotes more than the record has when it is written anew, so that their numbers
    settle it without a second parser.
    """
    try:
        record = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if record.timestamp is not UNSET and not storable_timestamp(record.timestamp):
        return None
    if record.labels is not UNSET and not storable_names(record.labels):
        return None
    if quotes(line) != encode(record).count(b'"'):
        return None
    if b"\n" in line:  # white space between tokens, but on the wire it ends a record
        return None
    return record
