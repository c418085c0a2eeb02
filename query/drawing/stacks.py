"""Lines by what they were, as stacked bars: canonical below, then translated, then quarantined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clew.answers.conformance import Counts, Period
from clew.answers.service_conformance import Course
from clew.schema.timestamps import format_rfc3339
from clew.transaction.texts import counted, moment

KINDS = ("canonical", "translated", "quarantined")
LEAST = 1.0
"""Percent: what is less would not be seen, and what is not seen would be taken for nothing."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`start` and `size` in percent along the bar; `kind` is the end of a class's name."""

    kind: str
    start: float
    size: float
    label: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar at `left` percent; its segments grow from below, `label` is what it says."""

    left: float
    width: float
    label: str
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Picture:
    stacks: list[Stack]
    start: str
    end: str
    most: int


def segments(counts: Counts, whole: int | None = None) -> list[Segment]:
    """Parts of a bar that is `whole` lines long (None: as many as there are)."""
    of = whole or counts.lines
    if not of:
        return []
    numbers = [(kind, int(getattr(counts, kind))) for kind in KINDS]
    sizes = {kind: max(LEAST, 100 * number / of) for kind, number in numbers if number}
    # What was made larger to be seen is taken from the largest.
    excess = sum(sizes.values()) - 100 * counts.lines / of
    largest = max(sizes, key=lambda kind: sizes[kind])
    sizes[largest] = max(LEAST, sizes[largest] - excess)
    return list(_placed(sizes, dict(numbers)))


def _placed(sizes: dict[str, float], numbers: dict[str, int]) -> Iterator[Segment]:
    start = 0.0
    for kind, size in sizes.items():
        label = f"{counted(numbers[kind], 'line')} {kind}"
        yield Segment(kind, round(start, 3), round(size, 3), label)
        start += size


def draw(course: Course, period: Period) -> Picture:
    """The bars of a service's course, over all of its time, also where it said nothing."""
    most = max((counts.lines for counts in course.steps.values()), default=0)
    first = period.since - period.since % course.interval
    length = max(course.interval, period.until - first)
    share = 100 * course.interval / length
    stacks = [
        Stack(
            left=round(100 * (start - first) / length + share * 0.08, 3),
            width=round(share * 0.84, 3),
            label=_label(start, counts),
            segments=segments(counts, most),
        )
        for start, counts in sorted(course.steps.items())
    ]
    return Picture(stacks, format_rfc3339(first), format_rfc3339(period.until), most)


def _label(start: int, counts: Counts) -> str:
    said = [f"{getattr(counts, kind):,} {kind}" for kind in KINDS if getattr(counts, kind)]
    if counts.violating:
        said.append(f"{counts.violating:,} found wanting")
    return f"{moment(format_rfc3339(start))[:16]}: {', '.join(said)}"
