"""
What a caller adds to a record -> the fields of the schema, and labels for the rest.

A value whose dotted name is a field's goes into that field where it fits it: `extra={"url.path":
"/orders"}`, or `http={"request": {"method": "GET"}}`. Everything else becomes a label, so that
nobody's names create a field.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from clew_logging.bounds import (
    FIELDS,
    ID_CHARACTERS,
    IDS,
    LABEL_CHARACTERS,
    LONG_TEXTS,
    NUMBERS,
    PATH,
    TEXT_CHARACTERS,
    TIMESTAMP,
)
from clew_logging.identifiers import is_id
from clew_logging.labels import VALUES, Labels, flatten
from clew_logging.texts import text_of
from clew_logging.timestamps import find_timestamp

OWN = frozenset({"message", "log.level", "ecs.version"})
"""What a record says itself; under these names an addition is a label."""

ALIASES = {
    "trace_id": "trace.id",
    "traceId": "trace.id",
    "span_id": "span.id",
    "spanId": "span.id",
    "transaction_id": "transaction.id",
    "otelTraceID": "trace.id",
    "otelSpanID": "span.id",
    "elasticapm_trace_id": "trace.id",
    "elasticapm_span_id": "span.id",
}
"""Names by which clew, OpenTelemetry and Elastic's agent know IDs."""
_OF_AGENTS = ("otel", "elasticapm_")
"""Agents put these on every record: what is of no use as a field is not repeated as a label."""

Value = Union[str, int]


def sort(values: Iterable[tuple[object, object]], labels: Labels) -> dict[str, Value]:
    """The fields among the values; the others go into `labels`."""
    fields: dict[str, Value] = {}
    seen = 0
    for name, value in flatten(values):
        seen += 1
        bare = name.removeprefix("labels.")
        field = ALIASES.get(bare, bare)
        fitted = fit(field, value) if field not in fields and field not in OWN else None
        if fitted is not None:
            fields[field] = fitted
        elif not bare.startswith(_OF_AGENTS):
            labels.add(bare, value)
    if seen == VALUES:
        labels.leave_out(1)  # or more, which nobody counts
    return fields


def fit(field: str, value: object) -> Value | None:
    """The value as a field takes it; None where it does not fit, or there is no such field."""
    if field not in FIELDS:
        return None
    try:
        if field == TIMESTAMP:
            return find_timestamp(value)
        if field in NUMBERS:
            return _fit_number(field, value)
        return _fit_text(field, text_of(value)) if isinstance(value, str) else None
    except Exception:  # noqa: BLE001 - a value of somebody's own class may do anything
        return None


def _fit_number(field: str, value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    number = int(value)  # of an IntEnum, such as HTTPStatus, its number
    return number if 0 <= number <= NUMBERS[field] else None


def _fit_text(field: str, text: str) -> str | None:
    if field in IDS:
        return text if len(text) <= ID_CHARACTERS and is_id(text) else None
    if field in LONG_TEXTS:
        return text or None
    limit = LABEL_CHARACTERS if field == PATH else TEXT_CHARACTERS
    return text if 0 < len(text) <= limit else None
