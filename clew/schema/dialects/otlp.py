"""
OTLP as JSON: one line holds many records, each with what its resource and scope say.

IDs that are empty are none. https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from clew.schema.dialects.column import Column, find
from clew.schema.dialects.dialect import Columns

RESOURCES = "resourceLogs"
RECORDS = 10_000
"""More records than this in one line are none that somebody wrote into a log."""
CHARACTERS = 16 * 1024 * 1024
"""What a resource says stands in each of its records: so much all of them may have together."""
_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)


class _Model(msgspec.Struct):
    pass


class _KeyValue(_Model):
    key: str
    value: dict[str, Any] | None = None


class _Attributed(_Model):
    attributes: list[_KeyValue] = []
    name: str = ""
    version: str = ""


class _LogRecord(_Model):
    timeUnixNano: str | int = ""  # noqa: N815  (OTLP's names)
    observedTimeUnixNano: str | int = ""  # noqa: N815
    severityNumber: int | str = 0  # noqa: N815
    severityText: str = ""  # noqa: N815
    body: dict[str, Any] | None = None
    attributes: list[_KeyValue] = []
    traceId: str = ""  # noqa: N815
    spanId: str = ""  # noqa: N815
    eventName: str = ""  # noqa: N815
    flags: int = 0


class _ScopeLogs(_Model):
    scope: _Attributed = msgspec.field(default_factory=_Attributed)
    logRecords: list[_LogRecord] = []  # noqa: N815


class _ResourceLogs(_Model):
    resource: _Attributed = msgspec.field(default_factory=_Attributed)
    scopeLogs: list[_ScopeLogs] = []  # noqa: N815


class _Logs(_Model):
    resourceLogs: list[_ResourceLogs]  # noqa: N815


_decode = msgspec.json.Decoder(_Logs).decode
_encode = msgspec.json.encode


def expand(line: bytes) -> list[list[Column]] | None:
    """The values of each record of a line in OTLP; None where it is none, or holds too many."""
    try:
        logs = _decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    records, characters = [], 0
    for record in _records(logs):
        records.append(record)
        characters += sum(len(column.name) + len(column.texts[0]) for column in record)
        if len(records) > RECORDS or characters > CHARACTERS:
            return None
    return records or None


def find_body(columns: Columns) -> Column | None:
    """What a record says; an event may say nothing."""
    return find(columns, "body")


def encode_columns(columns: Columns) -> bytes:
    """A record on its own, for where its values have no room among the labels."""
    return _encode({column.name: column.texts[0] for column in columns})


def _records(logs: _Logs) -> Iterator[list[Column]]:
    for resource in logs.resourceLogs:
        of_resource = list(_attributes("resource.attributes.", resource.resource.attributes))
        for scope in resource.scopeLogs:
            shared = [*of_resource, *_scope(scope.scope)]
            for record in scope.logRecords:
                yield [*_columns(record), *shared]


def _scope(scope: _Attributed) -> Iterator[Column]:
    for name, text in (("scope.name", scope.name), ("scope.version", scope.version)):
        if text:
            yield Column(name, [text], quoted=True)
    yield from _attributes("scope.attributes.", scope.attributes)


def _columns(record: _LogRecord) -> Iterator[Column]:
    for name in ("timeUnixNano", "observedTimeUnixNano", "severityNumber", "flags"):
        text = str(getattr(record, name))
        again = name == "observedTimeUnixNano" and text == str(record.timeUnixNano)
        if text not in {"", "0"} and not again:
            yield Column(name, [text], quoted=False)
    for name in ("severityText", "traceId", "spanId", "eventName"):
        if text := getattr(record, name):
            yield Column(name, [text], quoted=True)
    if record.body is not None:
        yield Column("body", [_as_text(_plain(record.body))], quoted=True)
    yield from _attributes("attributes.", record.attributes)


def _attributes(prefix: str, pairs: list[_KeyValue]) -> Iterator[Column]:
    found: dict[str, Any] = {}
    for pair in pairs:
        if pair.value:
            found.setdefault(prefix + pair.key, _plain(pair.value))
    yield from flat(found)


def flat(found: dict[str, Any]) -> Iterator[Column]:
    """Maps under dotted names, all else as text; a name that comes twice counts the first time."""
    columns: dict[str, Column] = {}
    for name, value in found.items():
        if isinstance(value, dict) and value:
            members = {f"{name}.{key}": each for key, each in value.items()}
            columns |= {each.name: each for each in flat(members) if each.name not in columns}
        elif value is not None:
            columns.setdefault(name, Column(name, [_as_text(value)], isinstance(value, str)))
    yield from columns.values()


def _as_text(value: Any) -> str:
    """A string as it is, all else as the JSON of what it means."""
    return value if isinstance(value, str) else _encode(value).decode()


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    for name, found in value.items():
        if name == "arrayValue" and isinstance(found, dict):
            return [_plain(each) for each in _list(found.get("values"))]
        if name == "kvlistValue" and isinstance(found, dict):
            pairs = [each for each in _list(found.get("values")) if isinstance(each, dict)]
            return {str(each.get("key")): _plain(each.get("value")) for each in pairs}
        if name == "intValue":
            return int(found) if _INTEGER.fullmatch(str(found)) else found
        return found
    return None
