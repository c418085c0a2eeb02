"""
Columns: values that stand under one name in several lines.

A dialect says what it has to say of a whole group of lines that are written alike, so that what it
costs is shared among them. A line on its own is a group of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def renamed(columns: Sequence[Column], rename: Callable[[str], str]) -> list[Column]:
    """The columns under other names; where one is taken already, under their own."""
    taken = {column.name for column in columns}
    kept = []
    for column in columns:
        name = rename(column.name)
        if name != column.name and name not in taken:
            taken.add(name)
            column = column._replace(name=name)  # noqa: PLW2901  (the same values)
        kept.append(column)
    return kept
