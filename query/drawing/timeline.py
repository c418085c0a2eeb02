"""
Steps on one axis of time.

Positions are percentages of the transaction's length, ready for SVG attributes. A step of no
length is still drawn, and nothing is drawn outside of the axis, whatever the clocks of the nodes
that took part say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from clew.schema.timestamps import parse_rfc3339
from clew.transaction.failure import is_failure
from clew.transaction.model import Line, Step, Transaction
from clew.transaction.texts import duration

MOST_BARS = 200
"""Steps drawn at once; beyond that nobody reads bars, and the rest is counted instead."""

MOST_INDENTS = 8
"""Columns of indentation; deeper steps stay below each other."""

_NARROWEST = 0.3
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One step. `left` and `width` are percentages, `errors_at` where its lines with errors are.

    `first_line` is the number of its first line among the transaction's, from 0.
    """

    step: Step
    depth: int
    left: float
    width: float
    errors_at: list[float]
    offset: str
    failed: bool
    first_line: int | None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    bars: list[Bar]
    ticks: list[Tick]
    left_out: int


class _Axis:
    def __init__(self, start: int, end: int) -> None:
        self._start, self.length = start, max(1, end - start)

    def at(self, time: int) -> float:
        share = 100 * (time - self._start) / self.length
        return round(min(100.0, max(0.0, share)), 3)


def draw(transaction: Transaction) -> Timeline:
    """The timeline of a transaction; empty where it has no steps."""
    if not transaction.steps:
        return Timeline([], [], 0)
    starts = [parse_rfc3339(step.start) for step in transaction.steps]
    ends = [parse_rfc3339(step.end) for step in transaction.steps]
    axis = _Axis(min(starts), max(ends))
    lines = _lines_of_steps(transaction)
    depths = _depths(transaction.steps)
    shown = _shown(transaction)
    bars = [_bar(step, axis, lines[step.number], depths, transaction) for step in shown]
    return Timeline(bars, _ticks(axis.length), len(transaction.steps) - len(shown))


def _shown(transaction: Transaction) -> list[Step]:
    """The first steps, and the one that failed wherever it stands."""
    failed = transaction.verdict.step if transaction.verdict else None
    return [
        step
        for index, step in enumerate(transaction.steps)
        if index < MOST_BARS or step.number == failed
    ]


def _bar(
    step: Step,
    axis: _Axis,
    lines: list[tuple[int, Line]],
    depths: dict[int, int],
    transaction: Transaction,
) -> Bar:
    start = parse_rfc3339(step.start)
    left = min(axis.at(start), 100 - _NARROWEST)
    width = max(axis.at(parse_rfc3339(step.end)) - left, _NARROWEST)
    errors = [line for _, line in lines if is_failure(line.source)]
    return Bar(
        step=step,
        depth=min(depths[step.number], MOST_INDENTS),
        left=left,
        width=round(width, 3),
        errors_at=[axis.at(parse_rfc3339(line.source["@timestamp"])) for line in errors[:50]],
        offset=duration(start - axis._start),  # noqa: SLF001
        failed=transaction.verdict is not None and step.number == transaction.verdict.step,
        first_line=lines[0][0] if lines else None,
    )


def _lines_of_steps(transaction: Transaction) -> defaultdict[int, list[tuple[int, Line]]]:
    lines: defaultdict[int, list[tuple[int, Line]]] = defaultdict(list)
    for index, line in enumerate(transaction.lines):
        if line.step is not None:
            lines[line.step].append((index, line))
    return lines


def _depths(steps: list[Step]) -> dict[int, int]:
    """How many steps stand above each; a circle of parents, which spans can claim, ends at 0."""
    parents = {step.number: step.parent for step in steps}
    depths: dict[int, int] = {}
    for step in steps:
        above: list[int] = []
        number: int | None = step.number
        while number in parents and number not in depths and number not in above:
            above.append(number)
            number = parents[number]
        base = depths[number] + 1 if number in depths else 0
        for distance, each in enumerate(reversed(above)):
            depths[each] = base + distance
    return depths


def _ticks(length: int) -> list[Tick]:
    """Round moments on an axis of this many nanoseconds, from its start, about five of them."""
    raw = length / _TICKS
    magnitude = 10 ** (len(str(max(1, int(raw)))) - 1)
    interval = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= raw)
    moments = range(0, length + 1, interval)
    return [Tick(round(100 * each / length, 3), duration(each) or "0") for each in moments]
