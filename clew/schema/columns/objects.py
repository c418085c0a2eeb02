"""
JSON objects, those of one shape at once: a shape is which keys stand in an object, in which order,
and of what type each value is. A service writes in a few shapes; for each it is worked out once
which value means what, and the values of all its lines go there as columns.

What is unusual in any way (a key that stands twice, a value that does not fit its field in this
line alone, more than labels can hold) goes to `interpret`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Raw

from clew.schema.columns.canonical import interpret_canonical
from clew.schema.columns.groups import Group, at_once, columns_of, in_two, merge
from clew.schema.columns.records import encode_each, lines_of
from clew.schema.dialects.catalog import NUMBERS
from clew.schema.dialects.choosing import AloneError
from clew.schema.dialects.column import Column, MixedError
from clew.schema.dialects.flattening import DEPTH
from clew.schema.dialects.objects import tell
from clew.schema.dialects.preferred import Preferred
from clew.schema.interpreting import interpret
from clew.schema.line import Line, Lines
from clew.schema.record import ID_LABELS, KEY_CHARACTERS, Record
from clew.schema.rejection import Rejection


class Written(str):
    """A number with a point or an exponent, as the characters that stand in the line."""

    __slots__ = ()


class Listed(Written):
    """An array, as the characters that stand in the line."""

    __slots__ = ()


class _UnusualError(Exception):
    """Lines that have to be looked at one by one."""


Row = dict[str, Any]
Item = tuple[bytes, Row]
_decode = msgspec.json.Decoder(Row, float_hook=Written).decode
_decode_raw = msgspec.json.Decoder(dict[str, Raw]).decode
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _UnusualError)
_NESTED = frozenset({list, dict})
_CANONICAL = {field.encode_name for field in msgspec.structs.fields(Record)}
_REQUIRED = {"log.level", "message"}
_MINUS_ZERO = re.compile(rb"[:\s]-0(?![.\deE])")
_WRITTEN: dict[type, Callable[[Any], str]] = {
    bool: {True: "true", False: "false"}.__getitem__,
    int: str,
    Written: str.__str__,
    Listed: str.__str__,
}
_line, _row = itemgetter(0), itemgetter(1)
_name = itemgetter(0)


class Objects:
    """Lines of one container, each begun with a brace; `preferred` is how they are to be read."""

    def __init__(self, preferred: Preferred | None = None) -> None:
        self._preferred = preferred
        self._objects = "" if preferred is None else preferred.objects

    def interpret(self, contents: list[bytes]) -> Lines:
        shapes: dict[Hashable, list[int]] = defaultdict(list)
        rows = []
        for place, content in enumerate(contents):
            try:
                row = _decode(content)
                shape = _shape(row, content)
            except _REFUSED:
                row, shape = {}, None
            rows.append(row)
            shapes[shape].append(place)
        groups = []
        for shape, places in shapes.items():
            items = [(contents[place], rows[place]) for place in places]
            groups.append(Group(places, self._of_shape(shape, items)))
        return merge(groups)

    def _of_shape(self, shape: Hashable, items: list[Item]) -> Lines:
        if shape is None:
            return columns_of(map(self._one, items))
        row = items[0][1]
        if row.keys() <= _CANONICAL and row.keys() >= _REQUIRED and _may_be_canonical(row):
            return at_once(items, _as_canonical, self._one)
        return self._at_once(items)

    def _one(self, item: Item) -> Line:
        return interpret(item[0], preferred=self._preferred)

    def _together(self, items: list[Item]) -> Lines | None:
        lines = list(map(_line, items))
        try:
            columns, quotes = _flatten("", list(map(_row, items)), 1)
            if not _exactly_read(lines, columns, quotes):
                return None
            told = tell(columns, lines, preferred=self._objects)
        except MixedError as mixed:
            return in_two(items, mixed.first, self._at_once)
        except (_UnusualError, AloneError):
            return None
        if isinstance(told, Rejection):
            return None
        records, severities, dialect = told
        return lines_of(records, encode_each(records), NUMBERS[dialect], severities)

    def _at_once(self, items: list[Item]) -> Lines:
        return at_once(items, self._together, self._one)


def _as_canonical(items: list[Item]) -> Lines | None:
    return interpret_canonical(list(map(_line, items)))


def _may_be_canonical(row: Row) -> bool:
    labels = row.get("labels", {})
    return type(labels) is dict and ID_LABELS.isdisjoint(labels)


def _shape(row: Row, content: bytes) -> Hashable:
    """The shape of a row, in which lists become what is written of them."""
    types = tuple(map(type, row.values()))
    if _NESTED.isdisjoint(types):
        return tuple(row), types
    if list in types:
        raws = _decode_raw(content)
        for name, value in row.items():
            if type(value) is list:
                row[name] = Listed(bytes(raws[name]).decode())
    return _inner(row)


def _inner(row: Row) -> Hashable:
    """Raises _UnusualError for a list: what is written of it is not at hand here."""
    types = tuple(map(type, row.values()))
    if _NESTED.isdisjoint(types):
        return tuple(row), types
    if list in types:
        raise _UnusualError
    return tuple(row), types, tuple([_inner(row[key]) for key in row if type(row[key]) is dict])


def _flatten(prefix: str, rows: list[Row], depth: int) -> tuple[list[Column], int]:
    """The values of rows of one shape, and how many quotes stand around keys and values."""
    columns: list[Column] = []
    values = list(zip(*map(dict.values, rows), strict=True))
    quotes = 0
    for key, column in zip(rows[0], values, strict=True):
        name, kind = prefix + key, type(column[0])
        quotes += 2 + key.count('"')
        if kind is dict:
            if depth >= DEPTH or len(name) >= KEY_CHARACTERS:
                raise _UnusualError
            inner, inner_quotes = _flatten(f"{name}.", list(column), depth + 1)
            columns += inner
            quotes += inner_quotes
        elif kind is str:
            quotes += 2
            columns.append(Column(name, list(column), quoted=True))
        elif column[0] is not None:
            columns.append(Column(name, list(map(_WRITTEN[kind], column)), quoted=False))
    return columns, quotes


def _exactly_read(contents: list[bytes], columns: list[Column], quotes: int) -> bool:
    """Whether surely no key stands twice, and every number is written as it was read."""
    joined = b"".join(contents)
    # Of a name that is both `a.b` and `{"a":{"b"` there are two columns.
    if b"\\u0022" in joined or len(set(map(_name, columns))) != len(columns):
        return False
    escapes = b"\\" in joined
    within = sum(
        text.count('"')
        for text in ("".join(column.texts) for column in columns if escapes or not column.quoted)
    )
    if joined.count(b'"') != quotes * len(contents) + within:
        return False
    zeros = any("0" in column.texts for column in columns if not column.quoted)
    return not zeros or _MINUS_ZERO.search(joined) is None
