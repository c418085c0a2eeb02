"""
How a document becomes values of the index.

This runs once for every line there is. Values are added one by one, since the binding takes three
times as long over a dictionary of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

import orjson
import tantivy

from clew.schema.document import Collection, Document
from clew.schema.fields import FIELDS, GENERATION, OFFSET, TIMESTAMP, FieldType
from clew.schema.timestamps import parse_rfc3339
from clew.search.words import words
from clew.store.embedded.index_schema import (
    COLLECTION,
    FILE_HEAD,
    FILE_TAIL,
    HIGHEST_LONG,
    KEY,
    LOWEST_LONG,
    MILLISECOND,
    NANOSECONDS_PER_MILLISECOND,
    PLACE_OFFSET,
    RUNTIME_TIME,
    SOURCE,
    TERMS,
    TIME,
    halves_of,
)

_MISFITS = (ValueError, TypeError, AttributeError)
"""What a value raises that is not of its field's type."""


def indexed(document: Document) -> tantivy.Document:
    """
    What the index holds of a document.

    Raises ValueError with what is wrong in it. A quarantined one needs to be a JSON object only:
    a value that does not fit its field is kept, and not found by that field.
    """
    source = orjson.loads(document.source)
    if type(source) is not dict:
        raise ValueError("not a JSON object")
    if not _fits(document.time):
        raise ValueError("the runtime's time is beyond what nanoseconds can count")
    values = tantivy.Document()
    values.add_text(KEY, document.id)
    values.add_text(COLLECTION, document.collection)
    values.add_bytes(SOURCE, document.source)
    values.add_integer(RUNTIME_TIME, document.time)
    for name, value in source.items():
        add = _ADD.get(name)
        if add is None or value is None:
            continue
        try:
            if type(value) is list:
                for each in value:
                    if each is not None:
                        add(values, name, each)
            else:
                add(values, name, value)
        except _MISFITS as error:
            if document.collection is Collection.LOGS:
                raise ValueError(f"{name}: {error}") from None
    _add_place(values, source, document)
    return values


def _add_keyword(values: tantivy.Document, name: str, value: str) -> None:
    values.add_text(TERMS, name)
    values.add_text(TERMS, f"{name}\0{value}")  # as `term_of`; its call costs 5 %


def _add_text(values: tantivy.Document, name: str, value: str) -> None:
    values.add_text(TERMS, name)
    values.add_text(name, " ".join(words(value)))


def _add_long(values: tantivy.Document, name: str, value: int) -> None:
    values.add_text(TERMS, name)
    if not _fits(value):
        raise ValueError("not a whole number of 64 bits")
    values.add_integer(name, value)


def _add_time(values: tantivy.Document, name: str, value: str) -> None:
    values.add_text(TERMS, name)
    values.add_integer(name, _nanoseconds(value))


def _add_labels(values: tantivy.Document, name: str, value: dict[str, str]) -> None:
    for key, text in value.items():
        if text is not None:
            _add_keyword(values, f"{name}.{key}", text)
            _add_keyword(values, name, text)


def _add_name(values: tantivy.Document, name: str, value: object) -> None:
    """A value that is kept only: all to be known of it is that it exists."""
    values.add_text(TERMS, name)


_ADD_TYPE: dict[FieldType, Callable[[tantivy.Document, str, Any], None]] = {
    FieldType.KEYWORD: _add_keyword,
    FieldType.TEXT: _add_text,
    FieldType.LONG: _add_long,
    FieldType.TIME: _add_time,
    FieldType.LABELS: _add_labels,
    FieldType.STORED: _add_name,
}
# The time of a document is a part of its place.
_ADD = {name: _ADD_TYPE[field.type] for name, field in FIELDS.items()} | {TIMESTAMP: _add_name}


def _add_place(values: tantivy.Document, source: dict[str, Any], document: Document) -> None:
    """Give every document a place: one in quarantine without a time stands at its runtime's."""
    try:
        time = _nanoseconds(source.get(TIMESTAMP))
    except _MISFITS as error:
        if document.collection is Collection.LOGS:
            raise ValueError(f"{TIMESTAMP}: {error}") from None
        time = document.time
    values.add_integer(TIME, time)
    values.add_integer(MILLISECOND, time // NANOSECONDS_PER_MILLISECOND)
    head, tail = halves_of(str(source.get(GENERATION, "")))
    values.add_unsigned(FILE_HEAD, head)
    values.add_unsigned(FILE_TAIL, tail)
    offset = source.get(OFFSET)
    values.add_integer(PLACE_OFFSET, offset if _fits(offset) else 0)


def _nanoseconds(text: Any) -> int:
    if text is None:
        raise ValueError("missing")
    nanoseconds = parse_rfc3339(text)
    if not _fits(nanoseconds):
        raise ValueError("beyond the years that nanoseconds can count, 1678 to 2261")
    return nanoseconds


def _fits(value: Any) -> TypeGuard[int]:
    """Whether a column can hold it; True is no number here."""
    return type(value) is int and LOWEST_LONG <= value <= HIGHEST_LONG
