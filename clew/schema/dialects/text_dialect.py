"""
What is known of one kind of logger that writes text.

A line is taken apart into named values, and what the names mean is said by a `JsonDialect`, as if
they had stood in an object. A value without a name of its own is a label; a clock without a zone is
the label `local_time`, since nobody can compare it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from clew.schema.dialects.dialect import JsonDialect

Pairs = list[tuple[str, str]]
"""Names and values in the order of the line; each name once."""

LEVELS = (
    "TRACE|DEBUG|INFO|NOTICE|SUCCESS|WARN|WARNING|ERROR|SEVERE|CRITICAL|CRIT|ALERT|EMERG|"
    "FATAL|PANIC"
)
TIME = r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
TIME_NAMES = {"timestamp": ("time",)}


@dataclass(frozen=True)
class TextDialect:
    """
    `lead` is what a line begins with, as an expression without groups; `read` takes the line apart,
    or gives None where it is not in this dialect after all. `reading` says what the names mean.
    A line of several is read without the stack trace in it, but `whole` where it needs all.
    """

    lead: str
    read: Callable[[str], Pairs | None]
    reading: JsonDialect
    whole: bool = False

    @property
    def name(self) -> str:
        return self.reading.name


def by_pattern(pattern: str, **names: str) -> Callable[[str], Pairs | None]:
    """
    A reader that has a named group for each value; what is optional and not there has none.

    Groups can't be called everything: `names` has the names of some of their values.
    """
    compiled = re.compile(pattern, re.DOTALL | re.ASCII)
    groups = tuple(names.get(group, group) for group in compiled.groupindex)
    places = tuple(compiled.groupindex.values())

    def read(line: str) -> Pairs | None:
        found = compiled.fullmatch(line)
        if found is None:
            return None
        values = zip(groups, found.group(0, *places)[1:], strict=True)
        return [(name, value) for name, value in values if value is not None]

    return read


def reading(name: str, **fields: tuple[str, ...]) -> JsonDialect:
    """What names mean in texts, besides the common ones."""
    return JsonDialect(name, names=TIME_NAMES | fields)
