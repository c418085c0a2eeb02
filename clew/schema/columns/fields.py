"""
Columns of named values -> the fields of records, as the dialect of JSON objects chooses them.

A column is taken for a field if the value of every line fits it, and left if none does. Where some
fit and some do not, the lines have to be looked at in two groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from clew.schema.dialects.json_object import ID_FIELDS, KNOWN_NAMES, LONG_TEXTS, SAID, Value, fit
from clew.schema.record import TEXT_CHARACTERS, storable_timestamps
from clew.schema.timestamps import format_second

_SHORT_TEXTS = {"level", "service", "logger", "thread", "error_type", "method", "path"}
_SHORT_TEXTS |= {"destination", "dataset", "service_version", "environment", "ecs_version"}
# No placeholder is so long, but for zeros and dashes.
_SURE_IDS = re.compile(r"^(?![0-]+$)[0-9A-Za-z_.-]{14,256}$", re.ASCII | re.MULTILINE)
# Seconds between 2001 and 2255, and behind them, with or without a point, what makes them
# milliseconds, microseconds or nanoseconds.
_EPOCHS = re.compile(
    r"^([1-8]\d{9})(?:(\d{3}(?:\d{3}){0,2})|\.(\d{1,9}))$", re.ASCII | re.MULTILINE
)


class Column(NamedTuple):
    """Values that stand under one dotted name, and whether they are JSON strings."""

    name: str
    texts: list[str]
    quoted: bool


class MixedError(Exception):
    """A value fits its field in some lines only; `fits` says in which."""

    def __init__(self, fits: list[bool]) -> None:
        super().__init__()
        self.fits = fits


def format_epochs(texts: list[str]) -> list[str] | None:
    """Times of numbers since 1970, as `fit` gives them one by one; None where one is unusual."""
    joined = "\n".join(texts)
    found = _EPOCHS.findall(joined)
    if not len(found) == len(texts) == joined.count("\n") + 1:
        return None
    return [
        f"{format_second(int(second))}.{digits or fraction:0<9}Z"
        for second, digits, fraction in found
    ]


def choose(columns: Sequence[Column]) -> tuple[dict[str, Any], list[Column]]:
    """The fields, one of them the message if there is one, and the columns left over."""
    fields: dict[str, Any] = {}
    taken: set[str] = set()
    known = [column for column in columns if column.name in KNOWN_NAMES]
    for column in sorted(known, key=lambda column: KNOWN_NAMES[column.name][1]):
        field, _ = KNOWN_NAMES[column.name]
        fitted = _fit_all(field, column) if field not in fields else None
        if fitted is not None:
            fields[field] = fitted
            taken.add(column.name)
    said = next((fields[name] for name in SAID if name in fields), None)
    if said is not None:
        fields["message"] = said
    return fields, [column for column in columns if column.name not in taken]


def _fit_all(field: str, column: Column) -> Sequence[Any] | None:
    """The values as the field takes them; None where it takes none of them. Raises MixedError."""
    if _fit_as_they_are(field, column):
        return column.texts
    if field == "timestamp" and (epochs := format_epochs(column.texts)) is not None:
        return epochs
    fitted = [fit(field, Value(column.name, text, column.quoted)) for text in column.texts]
    missing = fitted.count(None)
    if 0 < missing < len(fitted):
        raise MixedError([value is not None for value in fitted])
    return None if missing else fitted


def _fit_as_they_are(field: str, column: Column) -> bool:
    """Whether all values surely are texts for the field; False says nothing."""
    if field == "message":
        return True
    if field == "timestamp":
        return column.quoted and storable_timestamps(column.texts)
    if field in ID_FIELDS:
        joined = "\n".join(column.texts)
        alike = column.quoted and joined.count("\n") == len(column.texts) - 1
        return alike and len(_SURE_IDS.findall(joined)) == len(column.texts)
    if field in LONG_TEXTS:
        return column.quoted and all(column.texts)
    if field in _SHORT_TEXTS and (column.quoted or field == "level"):
        return all(column.texts) and max(map(len, column.texts)) <= TEXT_CHARACTERS
    return False
