"""
Lines over time as shapes of SVG.

A picture is WIDTH wide and HEIGHT high and is stretched to the place it has, but for the strokes of
its lines; whatever is text has its place in percent. A gap in the samples is a gap in the line, and
is shaded, since a node that is away must not look like an idle one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clew.answers.curves import Curve, Point
from clew.schema.timestamps import SECOND
from query.drawing.axes import Axis, Mark, clock, moments

WIDTH, HEIGHT = 1000, 100

MOST_COLUMNS = 120
"""Places of a chart that say their values when pointed at: 8 pixels wide where there is room."""

_MINUTE = 60 * SECOND

Said = Callable[[float], str]
"""A value as people read it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `name` in the legend, `colour` a class of the style sheet."""

    name: str
    colour: str
    curve: Curve
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of time, in percent; `label` is what it says when pointed at."""

    left: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Shape:
    """`line` and `area` are data of SVG paths; an area that is not filled is empty."""

    colour: str
    line: str
    area: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line in the legend."""

    name: str
    colour: str
    latest: str
    mean: str
    most: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    headline: str
    levels: list[Mark]
    moments: list[Mark]
    shapes: list[Shape]
    gaps: list[Stretch]
    columns: list[Stretch]
    legend: list[Entry]


def draw(
    lines: Sequence[Line],
    axis: Axis,
    *,
    title: str,
    headline: str,
    levels: Sequence[float],
    said: Said,
) -> Chart:
    """A chart; lines without a point are left out of it."""
    drawn = [line for line in lines if line.curve.points]
    gaps = _gaps(drawn[0].curve.points, axis) if drawn else []
    return Chart(
        title=title,
        headline=headline if drawn else "",
        levels=[Mark(round(100 * (1 - level / axis.top), 3), said(level)) for level in levels],
        moments=moments(axis),
        shapes=[shape(line, axis) for line in drawn],
        gaps=gaps,
        columns=_columns(drawn, axis, said),
        legend=[_entry(line, said) for line in drawn],
    )


def shape(line: Line, axis: Axis) -> Shape:
    """Paths for the points of a line."""
    runs = list(_runs(line.curve.points))
    area = "".join(_area(run, axis) for run in runs) if line.filled else ""
    return Shape(line.colour, "".join(_path(run, axis) for run in runs), area)


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Points without a gap between them."""
    run: list[Point] = []
    for point in points:
        if point.value is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(run: Sequence[Point], axis: Axis) -> str:
    # A run of one point is drawn as a line to itself: with round ends that is a dot.
    places = [_place(point, axis) for point in run] * (2 if len(run) == 1 else 1)
    return "M" + "L".join(places)


def _area(run: Sequence[Point], axis: Axis) -> str:
    if len(run) == 1:
        return ""
    first, last = (WIDTH / 100 * axis.left(run[end].time) for end in (0, -1))
    return f"{_path(run, axis)}L{last:.1f} {HEIGHT}L{first:.1f} {HEIGHT}Z"


def _place(point: Point, axis: Axis) -> str:
    share = min(1.0, (point.value or 0.0) / axis.top)
    return f"{WIDTH / 100 * axis.left(point.time):.1f} {HEIGHT * (1 - share):.2f}"


def _gaps(points: Sequence[Point], axis: Axis) -> list[Stretch]:
    """Where samples are missing, before the first and after the last point too."""
    runs = list(_runs(points))
    found = [(one[-1].time, other[0].time) for one, other in pairwise(runs)]
    waits = sorted(later.time - sooner.time for run in runs for sooner, later in pairwise(run))
    usual = 4 * waits[len(waits) // 2] if waits else 0
    for since, until in ((axis.since, runs[0][0].time), (runs[-1][-1].time, axis.until)):
        if until - since > max(usual, _MINUTE):
            found.append((since, until))
    return [
        _stretch(axis, since, until, f"no samples from {clock(since)} to {clock(until)}")
        for since, until in found
    ]


def _columns(lines: Sequence[Line], axis: Axis, said: Said) -> list[Stretch]:
    """What the lines say, place by place from left to right."""
    values = [{point.time: point.value for point in line.curve.points} for line in lines]
    times = sorted({time for each in values for time, value in each.items() if value is not None})
    times = times[:: -(-len(times) // MOST_COLUMNS) or 1]
    middles = [(one + other) // 2 for one, other in pairwise(times)]
    bounds = [*times[:1], *middles, *times[-1:]]
    return [
        _stretch(axis, bounds[index], bounds[index + 1], _reading(time, lines, values, said))
        for index, time in enumerate(times)
    ]


def _reading(
    time: int,
    lines: Sequence[Line],
    values: Sequence[dict[int, float | None]],
    said: Said,
) -> str:
    parts = [
        f"{line.name} {said(value)}"
        for line, own in zip(lines, values, strict=True)
        if (value := own.get(time)) is not None
    ]
    return f"{clock(time)} · {' · '.join(parts)}"


def _stretch(axis: Axis, since: int, until: int, label: str) -> Stretch:
    left = axis.left(since)
    return Stretch(left, round(axis.left(until) - left, 3), label)


def _entry(line: Line, said: Said) -> Entry:
    curve = line.curve
    latest = None if curve.latest is None else curve.latest.value
    texts = ("" if value is None else said(value) for value in (latest, curve.mean, curve.most))
    return Entry(line.name, line.colour, *texts)
