"""
OpenTelemetry's log data model as JSON: a record of OTLP, and what SDKs print on a console.

Python's console exporter prints IDs that begin with 0x; Go's, attributes in arrays.
"""

from __future__ import annotations

import re
from typing import Any

from clew.schema.dialects import otlp
from clew.schema.dialects.column import Column, alike, find, replace
from clew.schema.dialects.dialect import SEVERITY, Columns, Fields, JsonDialect
from clew.schema.dialects.frames import decode_objects

_SERVICE = {
    "service": ("resource.attributes.service.name", "service.name"),
    "service_version": ("resource.attributes.service.version",),
    "environment": (
        "resource.attributes.deployment.environment.name",
        "resource.attributes.deployment.environment",
    ),
}
_EXCEPTION = {
    "error_type": ("attributes.exception.type",),
    "error_message": ("attributes.exception.message",),
    "stack_trace": ("attributes.exception.stacktrace",),
}


_NUMBER = re.compile(r"1?\d|2[0-4]", re.ASCII)
_NUMBERS = ("severity_number", "severityNumber", "Severity")


def _severity(fields: Fields, others: list[Column]) -> None:
    number = next(filter(None, (find(others, name) for name in _NUMBERS)), None)
    texts = fields.get("level", []) if number is None else number.texts
    if texts and all(map(_NUMBER.fullmatch, texts)):
        fields[SEVERITY] = list(map(int, texts))


CONSOLE = JsonDialect(
    "otel-console",
    marks=(("severity_number", "body"), ("severity_number", "trace_id")),
    names={
        "timestamp": ("timestamp", "observed_timestamp"),
        "level": ("severity_text",),
        "message": ("body",),
    }
    | _SERVICE
    | _EXCEPTION,
    containers=("attributes.", "resource.attributes."),
    dropped=frozenset({"severity_number"}),
    refine=_severity,
)
OTLP = JsonDialect("otlp", marks=((otlp.RESOURCES,),))
RECORD = JsonDialect(
    "otlp",
    names={
        "timestamp": ("timeUnixNano", "observedTimeUnixNano"),
        "level": ("severityText", "severityNumber"),
        "message": ("body",),
        "logger": ("scope.name",),
    }
    | _SERVICE
    | _EXCEPTION,
    containers=("attributes.", "resource.attributes."),
    dropped=frozenset({"severityNumber"}),
    refine=_severity,
)
"""One record of a line in OTLP."""


def _with_attributes(columns: Columns) -> Columns:
    """Attributes and those of the resource, which stand in arrays, under names of their own."""
    for name, prefix in (("Attributes", "attributes."), ("Resource", "resource.attributes.")):
        column = find(columns, name)
        if column is None or column.quoted:
            continue
        rows = [list(otlp.flat(_members(prefix, text))) for text in column.texts]
        alike([[(each.name, each.quoted) for each in row] for row in rows])
        members = [
            Column(each[0].name, [one.texts[0] for one in each], each[0].quoted)
            for each in zip(*rows, strict=True)
        ]
        columns = replace(columns, name, *members)
    return columns


def _members(prefix: str, text: str) -> dict[str, Any]:
    pairs = [(each.get("Key"), each.get("Value")) for each in decode_objects(text)]
    return {prefix + key: _plain(value) for key, value in pairs if isinstance(key, str)}


def _plain(value: Any) -> Any:
    """What Go's exporter means by `{"Type":"MAP","Value":[...]}` and the like."""
    if not isinstance(value, dict):
        return value
    inner = value.get("Value")
    if not isinstance(inner, list):
        return inner
    if value.get("Type") == "MAP":
        pairs = [each for each in inner if isinstance(each, dict)]
        return {str(each.get("Key")): _plain(each.get("Value")) for each in pairs}
    return [_plain(each) for each in inner]


GO_CONSOLE = JsonDialect(
    "otel-console",
    marks=(("SeverityText", "Body.Value"), ("Severity", "Body.Value", "TraceFlags")),
    names={
        "timestamp": ("Timestamp", "ObservedTimestamp"),
        "level": ("SeverityText",),
        "message": ("Body.Value",),
        "logger": ("Scope.Name",),
    }
    | _SERVICE
    | _EXCEPTION,
    containers=("attributes.", "resource.attributes."),
    dropped=frozenset({"Severity", "Body.Type"}),
    reshape=_with_attributes,
    refine=_severity,
)

DIALECTS = (OTLP, CONSOLE, GO_CONSOLE)
