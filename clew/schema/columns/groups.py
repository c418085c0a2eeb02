"""
Groups of lines that are written alike: a part of a chunk's lines, and where they stand in it.

Keeps true: every line is in one group, and comes back to its own place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, compress
from operator import itemgetter, not_
from typing import NamedTuple, TypeVar

from clew.schema.line import Line, Lines
from clew.schema.record import Record

_FEW = 16
"""So few lines are not worth halving."""

Item = TypeVar("Item")


class Group(NamedTuple):
    """Lines, and each one's place in what they are a part of."""

    places: Sequence[int]
    lines: Lines


def all_braces(contents: list[bytes]) -> bool:
    """Whether all lines, of which there is one at least, begin with a brace."""
    # The quickest way to ask each of them for its first byte.
    return min(contents) >= b"{" and max(contents) < b"|"


def merge(groups: Sequence[Group]) -> Lines:
    """The lines of all groups, each at its place; together they have every place once."""
    if len(groups) == 1:
        return groups[0].lines
    violations: dict[int, tuple[str, ...]] = {}
    for group in groups:
        for place, found in group.lines.violations.items():
            violations[group.places[place]] = found
    places = list(chain.from_iterable(group.places for group in groups))
    if len(places) < 2:
        return next((group.lines for group in groups if group.places), Lines())
    pick = itemgetter(*sorted(range(len(places)), key=places.__getitem__))

    def column(get: Callable[[Lines], Sequence[Item]]) -> list[Item]:
        return list(pick(list(chain.from_iterable(get(group.lines) for group in groups))))

    return Lines(
        column(lambda lines: lines.jsons),
        column(lambda lines: lines.severities),
        column(lambda lines: lines.flags),
        column(lambda lines: lines.dialects),
        column(lambda lines: lines.transactions),
        column(lambda lines: lines.traces),
        violations,
        column(_records),
    )


def _records(lines: Lines) -> Sequence[Record | None]:
    """A column of them in any case."""
    return lines.records or [None] * len(lines.jsons)


def columns_of(lines: Iterable[Line]) -> Lines:
    """Lines that were looked at one by one."""
    columns = Lines()
    for place, line in enumerate(lines):
        columns.jsons.append(line.json)
        columns.severities.append(line.severity)
        columns.flags.append(line.flags)
        columns.dialects.append(line.dialect)
        columns.transactions.append(line.transaction)
        columns.traces.append(line.trace)
        if line.violations:
            columns.violations[place] = line.violations
    return columns


def put(lines: Lines, place: int, line: Line) -> None:
    """Another line in the place of one."""
    lines.jsons[place], lines.severities[place] = line.json, line.severity
    lines.flags[place], lines.dialects[place] = line.flags, line.dialect
    lines.transactions[place], lines.traces[place] = line.transaction, line.trace
    lines.violations.pop(place, None)
    if line.violations:
        lines.violations[place] = line.violations


def extend(lines: Lines, others: Lines) -> None:
    """Put other lines behind these; what they were made of is let go."""
    before = len(lines.jsons)
    for place, found in others.violations.items():
        lines.violations[before + place] = found
    lines.jsons += others.jsons
    lines.severities += others.severities
    lines.flags += others.flags
    lines.dialects += others.dialects
    lines.transactions += others.transactions
    lines.traces += others.traces


def in_two(
    items: Sequence[Item], first: Sequence[bool], interpret_some: Callable[[list[Item]], Lines]
) -> Lines:
    """The lines of a group that has to be looked at in two; `first` says which belong together."""
    groups = []
    for chosen in (first, list(map(not_, first))):
        places = list(compress(range(len(items)), chosen))
        groups.append(Group(places, interpret_some(list(compress(items, chosen)))))
    return merge(groups)


def at_once(
    items: list[Item],
    interpret_all: Callable[[list[Item]], Lines | None],
    interpret_one: Callable[[Item], Line],
) -> Lines:
    """
    The lines as a stage makes them of a whole group, which says None where one does not fit in.

    Such a one is found by halves, so that it takes few others along to where each is looked at.
    """
    try:
        lines = interpret_all(items)
    except Exception:  # noqa: BLE001  (the line that a stage fails over is found alone, and kept)
        lines = None
    if lines is not None:
        return lines
    if len(items) <= _FEW:
        return columns_of(map(interpret_one, items))
    middle = len(items) // 2
    halves = (range(middle), range(middle, len(items)))
    return merge(
        [
            Group(places, at_once(items[places.start : places.stop], interpret_all, interpret_one))
            for places in halves
        ]
    )
