"""
What goes into an evaluation and what comes out of it.

Labels are passed on as they came wherever they stay the same, so nobody may change them.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from clew.promql.matchers import Matcher

Labels = Mapping[str, str]


class Series(Protocol):
    """
    A series' samples in order of time: `times` in Unix nanoseconds, a value for each.

    What a SeriesStore selects is one.
    """

    @property
    def labels(self) -> Labels: ...

    @property
    def times(self) -> array[int]: ...

    @property
    def values(self) -> array[float]: ...


class Wanted(NamedTuple):
    """Samples that an expression needs: of these series, from `since` to `until`, both included."""

    matchers: tuple[Matcher, ...]
    since: int
    until: int


class Value(NamedTuple):
    """One element of an instant vector; a scalar is one without labels."""

    labels: Labels
    value: float


Answer = float | list[Value]
"""What a part of an expression is worth: a scalar or an instant vector."""
