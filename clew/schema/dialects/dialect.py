"""
What is known of one kind of logger that writes JSON objects.

A dialect is recognised by names, and says what the names mean. Two lines of one shape are in one
dialect, whatever stood before them: so a line that is sent again, replayed out of the quarantine,
or read on another node becomes the same record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clew.schema.dialects.column import Column
from clew.schema.dialects.names import ALIASES
from clew.schema.severity import severity

Columns = Sequence[Column]
Fields = dict[str, Any]
"""Fields of the record by their names in `Record`, each with a value for each line."""
SEVERITY = "severity"
"""Where `refine` puts severity numbers that do not follow from levels."""


def shape_marks(columns: Iterable[Column]) -> list[str]:
    """
    What a dialect is recognised by, in the order of the keys: `name`, and `name:text` for a JSON
    string, `name:number` for a number.
    """
    marks: list[str] = []
    for name, texts, quoted in columns:
        marks.append(name)
        if quoted:
            marks.append(f"{name}:text")
        elif texts[0][:1] in "-0123456789":
            marks.append(f"{name}:number")
    return marks


@dataclass(frozen=True)
class JsonDialect:
    """
    `marks` are sets of names, one of which a line must have whole; in this order, where `ordered`.
    `names` are those that this logger gives to a field, before the common ones; `labels` are never
    a field here. `dropped` is what says nothing that is not said already. `containers` are objects
    of context, whose members lose the container's name among the labels.

    `reshape` makes columns of columns before the fields are chosen, `refine` looks at the chosen
    fields; both may raise MixedError. `levels` are its own numbers for levels, `unsaid` that of a
    record without one.
    """

    name: str
    marks: tuple[tuple[str, ...], ...] = ()
    ordered: bool = False
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    containers: tuple[str, ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    unsaid: int = 0
    reshape: Callable[[Columns], Columns] | None = None
    refine: Callable[[Fields, list[Column]], None] | None = None

    def fits(self, marks: Sequence[str]) -> bool:
        """Whether a line with these marks is in this dialect."""
        return any(_stand_in(each, marks, ordered=self.ordered) for each in self.marks)

    @cached_property
    def known(self) -> dict[str, tuple[str, int]]:
        """Name -> the field it may give, and its rank among the names of that field."""
        known: dict[str, tuple[str, int]] = {}
        for target, common in ALIASES.items():
            names = [*self.names.get(target, ()), *common]
            for rank, name in enumerate(names):
                known.setdefault(name, (target, rank))
        for target, own in self.names.items():
            known |= {name: (target, rank) for rank, name in enumerate(own)}
        return {name: known[name] for name in known if name not in self.labels}

    def severities(self, levels: Sequence[str]) -> list[int]:
        """OpenTelemetry's numbers of levels as this logger writes them."""
        numbers = {level: self._severity(level) for level in set(levels)}
        return [numbers[level] for level in levels]

    def _severity(self, level: str) -> int:
        own = self.levels.get(level.strip().lower()) if self.levels else None
        return severity(level) if own is None else own


def _stand_in(wanted: tuple[str, ...], marks: Sequence[str], *, ordered: bool) -> bool:
    if not all(mark in marks for mark in wanted):
        return False
    places = [marks.index(mark) for mark in wanted]
    return not ordered or places == sorted(places)
