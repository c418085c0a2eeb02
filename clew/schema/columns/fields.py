"""
Columns of named values -> the fields of records, as the dialect of JSON objects chooses them.

A column is taken for a field if the value of every line fits it, and left if none does. Where some
fit and some do not, the lines have to be looked at in two groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from clew.schema.dialects.json_object import ID_FIELDS, KNOWN_NAMES, LONG_TEXTS, SAID, Value, fit
from clew.schema.record import TEXT_CHARACTERS, storable_timestamps

_KEPT = 8192
"""IDs that come again soon, as in the lines of a transaction."""


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
    name, texts, quoted = column
    if _fit_as_they_are(field, column):
        return texts
    if field in ID_FIELDS and quoted:
        fitted: list[Any] = list(map(_ids.__getitem__, texts))
    else:
        fitted = [fit(field, Value(name, text, quoted)) for text in texts]
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
    if field in LONG_TEXTS:
        return column.quoted and all(column.texts)
    if field in _SHORT_TEXTS and (column.quoted or field == "level"):
        return all(column.texts) and max(map(len, column.texts)) <= TEXT_CHARACTERS
    return False


class _Ids(dict[str, str | None]):
    """What is an ID among texts in quotes."""

    def __missing__(self, text: str) -> str | None:
        if len(self) >= _KEPT:
            self.clear()
        # Most are hexadecimal; no placeholder is so long, and only zeros may still be meant by it.
        if 16 <= len(text) <= 32 and text.isascii() and text.isalnum() and text.strip("0"):
            value: Any = text
        else:
            value = fit("trace", Value("trace.id", text, quoted=True))
        self[text] = value
        return value  # type: ignore[no-any-return]


_ids = _Ids()
_SHORT_TEXTS = {"level", "service", "logger", "thread", "error_type", "method", "path"}
_SHORT_TEXTS |= {"destination", "dataset", "service_version", "environment", "ecs_version"}
