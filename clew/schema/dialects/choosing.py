"""
Columns of named values -> the fields of records, and labels for everything else.

A column is taken for a field if the value of every line fits it, and left if none does. Where some
fit and some do not, the lines have to be looked at in two groups (MixedError). Nothing gets lost:
what has no field of its own becomes a label, with the value as it was written; what no label can
hold, or there are too many of, makes the whole line stay with the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, repeat
from operator import itemgetter, ne
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.dialects.column import Column, agree
from clew.schema.dialects.dialect import Columns, Fields, JsonDialect
from clew.schema.dialects.fitting import ID_FIELDS, TRACERS_IDS, fit_all
from clew.schema.dialects.names import ID_CONTAINERS
from clew.schema.dialects.stack_trace import SAID_CHARACTERS, find_thrown, first_line
from clew.schema.identifiers import parse_traceparent
from clew.schema.record import (
    KEY_CHARACTERS,
    LABEL_CHARACTERS,
    LABELS,
    TEXT_CHARACTERS,
    Record,
)

_LABELS = "labels."
_ECS_NAMES = {field.encode_name for field in msgspec.structs.fields(Record)}
_ECS_NAMES -= {"@timestamp", "log.level", "message", "labels"}
_FAR = 1000
"""A rank behind every name that stands by itself."""
TRACEPARENTS = ("traceparent", "http_traceparent", "headers.traceparent")

Labels = dict[str, str] | UnsetType


class AloneError(Exception):
    """The lines have to be looked at one by one."""


def choose(columns: Columns, dialect: JsonDialect) -> tuple[Fields, list[Column]]:
    """The fields of the columns that fit one, and the columns left over."""
    fields: Fields = {}
    taken: set[int] = set()  # by place: of a name that is dotted and nested there are two columns
    for field, place in _ranked(columns, dialect):
        column = columns[place]
        fitted = fit_all(field, column) if field not in fields else None
        if fitted is not None:
            fields[field] = fitted
            if not _was_changed(field, column, fitted):
                taken.add(place)
    others = [column for place, column in enumerate(columns) if place not in taken]
    _take_traceparent(fields, others)
    return fields, others


def _ranked(columns: Columns, dialect: JsonDialect) -> list[tuple[str, int]]:
    """The columns that may give a field, as it and their places, the most telling names first."""
    known = dialect.known
    found = []
    for number, column in enumerate(columns):
        place = known.get(column.name) or _in_container(column.name, known)
        if place is not None:
            found.append((place[1], place[0], number))
    found.sort(key=itemgetter(0))
    return [(field, number) for _, field, number in found]


def _in_container(name: str, known: Mapping[str, tuple[str, int]]) -> tuple[str, int] | None:
    """The ID that a member of an object of context gives, or the field it is named after."""
    if not name.startswith(ID_CONTAINERS):
        return None
    for container in ID_CONTAINERS:
        if name.startswith(container):
            bare = name[len(container) :]
            place = known.get(bare)
            if place is not None and (place[0] in ID_FIELDS or bare in _ECS_NAMES):
                return place[0], place[1] + _FAR
    return None


def _was_changed(field: str, column: Column, fitted: Sequence[Any]) -> bool:
    """Whether an ID is not what was written, which then has to be findable too."""
    if field not in TRACERS_IDS or fitted is column.texts:
        return False
    return agree(list(map(ne, fitted, column.texts)))


def _take_traceparent(fields: Fields, others: Iterable[Column]) -> None:
    if "trace" in fields:
        return
    for column in others:
        if column.name in TRACEPARENTS and column.quoted:
            found = list(map(parse_traceparent, column.texts))
            if agree([each is not None for each in found]):
                pairs = [each for each in found if each is not None]
                fields["trace"] = [trace for trace, _ in pairs]
                fields.setdefault("parent", [span for _, span in pairs])
            return


def complete(fields: Fields) -> None:
    """What follows from the fields: the message from the error, what was thrown from its trace."""
    if "message" not in fields:
        if "error_message" in fields:
            fields["message"] = fields["error_message"]
        elif "stack_trace" in fields:
            fields["message"] = list(map(first_line, fields["stack_trace"]))
    if "stack_trace" in fields and "error_type" not in fields:
        thrown = list(map(find_thrown, fields["stack_trace"]))
        fields["error_type"] = [
            each.type if 0 < len(each.type) <= TEXT_CHARACTERS else UNSET for each in thrown
        ]
        fields.setdefault(
            "error_message", [each.message[:SAID_CHARACTERS] or UNSET for each in thrown]
        )


def labels_of(
    columns: Sequence[Column], dialect: JsonDialect, lines: Sequence[bytes]
) -> Iterable[Labels]:
    """A label for each value; where that can't be, the line in pieces beside what can."""
    columns = [column for column in columns if column.name not in dialect.dropped]
    if not columns:
        return repeat(UNSET)
    names = _label_names(columns, dialect)
    if not _fit(names, columns):
        if len(lines) > 1:
            raise AloneError
        return [_with_whole_line(names, columns, lines[0])]
    values = zip(*(column.texts for column in columns), strict=True)
    return map(dict, map(zip, repeat(names), values))


def _label_names(columns: Sequence[Column], dialect: JsonDialect) -> list[str]:
    # `labels` is where labels go: its members need no second `labels.` before them.
    containers = (_LABELS, *dialect.containers)
    bare = [_without(column.name, containers) for column in columns]
    if len(set(bare)) == len(bare):
        return bare
    counts = Counter(bare)
    return [
        name if counts[name] == 1 or column.name.startswith(_LABELS) else column.name
        for column, name in zip(columns, bare, strict=True)
    ]


def _without(name: str, containers: tuple[str, ...]) -> str:
    if name.startswith(containers):
        for container in containers:
            if name.startswith(container) and len(name) > len(container):
                return name[len(container) :]
    return name


def _fit(names: list[str], columns: Sequence[Column]) -> bool:
    if len(set(names)) != len(names) or len(names) > LABELS:
        return False
    if not all(0 < len(name) <= KEY_CHARACTERS and "\0" not in name for name in names):
        return False
    return all(max(map(len, column.texts)) <= LABEL_CHARACTERS for column in columns)


def _with_whole_line(names: list[str], columns: Sequence[Column], line: bytes) -> dict[str, str]:
    labels: dict[str, str] = {}
    for label, (_, (text,), _) in zip(names, columns, strict=True):
        fits = 0 < len(label) <= KEY_CHARACTERS and "\0" not in label
        if fits and len(text) <= LABEL_CHARACTERS:
            labels.setdefault(label, text)
    whole = line.decode()
    starts = range(0, len(whole), LABEL_CHARACTERS)
    pieces = {f"_line.{start}": whole[start : start + LABEL_CHARACTERS] for start in starts}
    return dict(islice(labels.items(), LABELS - len(pieces))) | pieces
