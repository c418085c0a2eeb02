from __future__ import annotations

import re

import pytest

from clew.answers.curves import Curve, Point
from clew.schema.timestamps import SECOND, parse_rfc3339
from clew.transaction.texts import percent
from query.drawing.axes import Axis, moments, steps
from query.drawing.charts import MOST_COLUMNS, Chart, Line, draw

MINUTE = 60 * SECOND
START = parse_rfc3339("2023-01-29T08:00:00Z")


def at(minute: float, value: float | None = 0.5) -> Point:
    return Point(START + round(minute * MINUTE), value)


def line(*points: Point, name: str = "busy") -> Line:
    return Line(name, "k-0", Curve(list(points), None, None, None), filled=True)


def chart(*lines: Line, minutes: int = 60) -> Chart:
    axis = Axis(START, START + minutes * MINUTE, 1.0)
    return draw(lines, axis, title="CPU", headline="50 %", levels=(0.0, 1.0), said=percent)


def test_a_line_goes_from_left_to_right_and_high_values_are_up():
    [shape] = chart(line(at(0, 0.0), at(30, 0.25), at(60, 1.0))).shapes
    assert shape.line == "M0.0 100.00L500.0 75.00L1000.0 0.00"
    assert shape.area == f"{shape.line}L1000.0 100L0.0 100Z"


def test_a_gap_in_the_samples_is_not_bridged_and_is_shaded():
    drawn = chart(line(at(0), at(10), at(20), at(30, None), at(40), at(50), at(60)))
    [shape] = drawn.shapes
    assert shape.line.count("M") == shape.area.count("Z") == 2
    [gap] = drawn.gaps
    assert [gap.left, gap.width] == pytest.approx([33.333, 33.334])
    assert gap.label == "no samples from 2023-01-29 08:20:00 to 2023-01-29 08:40:00"


def test_before_the_first_and_after_the_last_sample_it_is_shaded_too():
    drawn = chart(line(*(at(minute) for minute in range(20, 40))))
    assert [(gap.left, gap.width) for gap in drawn.gaps] == [
        (0.0, pytest.approx(33.333)),
        (65.0, 35.0),
    ]


def test_a_single_sample_is_a_dot():
    """A path that goes nowhere and has round ends."""
    [shape] = chart(line(at(15))).shapes
    assert (shape.line, shape.area) == ("M250.0 50.00L250.0 50.00", "")


def test_each_place_says_what_all_lines_say_there():
    drawn = chart(line(at(0, 0.1), at(60, 0.2)), line(at(0, 0.02), name="iowait"))
    assert [column.label for column in drawn.columns] == [
        "2023-01-29 08:00:00 · busy 10 % · iowait 2 %",
        "2023-01-29 09:00:00 · busy 20 %",
    ]
    assert [(column.left, column.width) for column in drawn.columns] == [(0.0, 50.0), (50.0, 50.0)]


def test_there_are_no_more_places_than_a_pointer_can_hit():
    drawn = chart(line(*(at(minute / 10) for minute in range(600))))
    assert MOST_COLUMNS / 2 < len(drawn.columns) <= MOST_COLUMNS


def test_a_chart_of_nothing_has_no_line_and_no_legend():
    drawn = chart(line(), line(name="iowait"))
    assert (drawn.headline, drawn.shapes, drawn.legend, drawn.columns) == ("", [], [], [])


@pytest.mark.parametrize(
    ("minutes", "labels"),
    [
        (15, ["08:00", "08:05", "08:10", "08:15"]),
        (60, ["08:00", "08:10", "08:20", "08:30", "08:40", "08:50", "09:00"]),
        (24 * 60, ["12:00", "18:00", "01-30", "06:00"]),
    ],
)
def test_round_moments_are_written_below(minutes: int, labels: list[str]):
    assert [mark.label for mark in moments(Axis(START, START + minutes * MINUTE, 1.0))] == labels


@pytest.mark.parametrize(
    ("most", "smallest", "levels"),
    [
        (1.7, 1.0, [0, 0.5, 1, 1.5, 2]),
        (0.0, 1.0, [0, 0.5]),
        (812_345.0, 1000, [0, 500_000, 1_000_000]),
        (2_000.0, 1000, [0, 500, 1000, 1500, 2000]),
    ],
)
def test_levels_are_round(most: float, smallest: float, levels: list[float]):
    assert steps(most, smallest) == pytest.approx(levels)


def test_levels_of_memory_are_powers_of_two():
    gib = 1024**3
    assert steps(7.7 * gib, 1024, base=2) == [0, 2 * gib, 4 * gib, 6 * gib, 8 * gib]


def test_shapes_are_numbers_alone():
    """They stand in attributes as they are."""
    drawn = chart(line(*(at(minute, minute / 60) for minute in range(60))))
    assert all(re.fullmatch(r"[MLZ0-9. -]+", shape.line + shape.area) for shape in drawn.shapes)
