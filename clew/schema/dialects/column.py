"""
Columns: values that stand under one name in several lines.

A dialect says what it has to say of a whole group of lines that are written alike, so that what it
costs is shared among them. A line on its own is a group of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Column(NamedTuple):
    """
    Values that stand under one dotted name, one for each line, and whether they are JSON strings.

    What is none is kept as the characters that stand in the line: 1e999, `true`, `[1, 2]`.
    """

    name: str
    texts: list[str]
    quoted: bool


class MixedError(Exception):
    """The lines have to be looked at in two groups; `first` says which belong to the first."""

    def __init__(self, first: Sequence[bool]) -> None:
        super().__init__()
        self.first = list(first)


def agree(holds: Sequence[bool]) -> bool:
    """Whether something holds for all lines, or for none. Raises MixedError where they differ."""
    first = holds[0]
    if (not first) in holds:
        raise MixedError(holds)
    return first


def find(columns: Sequence[Column], name: str) -> Column | None:
    return next((column for column in columns if column.name == name), None)


def replace(columns: Sequence[Column], name: str, *others: Column) -> list[Column]:
    """The columns with others in the place of one."""
    kept: list[Column] = []
    for column in columns:
        if column.name == name:
            kept += others
        else:
            kept.append(column)
    return kept


def alike(shapes: Sequence[object]) -> None:
    """Raises MixedError where some are not what the first is."""
    first = [shape == shapes[0] for shape in shapes]
    if not all(first):
        raise MixedError(first)


def of_members(rows: Sequence[Mapping[str, str]], prefix: str) -> list[Column]:
    """A column for each member of objects that have the same. Raises MixedError."""
    alike([list(row) for row in rows])
    return [Column(prefix + name, [row[name] for row in rows], quoted=True) for name in rows[0]]


def with_clock(columns: Sequence[Column], second: str, nanosecond: str, name: str) -> list[Column]:
    """The columns with one time in the place of the two numbers that it stands in."""
    wholes, parts = find(columns, second), find(columns, nanosecond)
    if wholes is None or parts is None:
        return list(columns)
    pairs = zip(wholes.texts, parts.texts, strict=True)
    times = [f"{whole}.{part:0>9}" for whole, part in pairs]
    return replace(replace(columns, nanosecond), second, Column(name, times, quoted=False))
