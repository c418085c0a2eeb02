from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.answers.curves import (
    MISSED,
    MOST_POINTS,
    Curve,
    Growth,
    Reading,
    curve,
    longest_wait,
    share,
    without_gaps,
)
from clew.schema.timestamps import SECOND

EVERY = 15 * SECOND
WAIT = MISSED * EVERY


def times(number: int) -> list[int]:
    return [EVERY * each for each in range(number)]


def rates(growth: Growth) -> list[float]:
    return [reading.value for reading in growth.readings()]


def gauges(values: dict[int, float]) -> list[Reading]:
    """Readings at multiples of EVERY."""
    return [Reading(EVERY * at, EVERY * at, value) for at, value in values.items()]


def drawn(values: dict[int, float], until: int) -> Curve:
    return curve(gauges(values), 0, EVERY * until, WAIT)


def test_a_counter_is_what_it_grows_by_per_second():
    growth = Growth()
    growth.feed("a", times(4), [100.0, 115.0, 115.0, 145.0])
    assert rates(growth) == [1.0, 0.0, 2.0]


def test_a_counter_that_is_smaller_than_before_began_again_from_nothing():
    growth = Growth()
    growth.feed("a", times(3), [1e9, 30.0, 45.0])
    assert rates(growth) == [2.0, 1.0]


def test_a_counter_that_is_a_little_smaller_was_corrected_and_has_not_grown():
    """The kernel takes idle time back; a reset would be a thousand seconds within fifteen."""
    growth = Growth(jitter=3.0)
    growth.feed("idle", times(4), [1000.0, 999.5, 1007.0, 3.0])
    assert rates(growth) == [0.0, 0.5, 0.2]


def test_counters_are_added_up_whatever_parts_they_come_in():
    whole, parts = Growth(), Growth()
    for counter, step in (("a", 15.0), ("b", 30.0)):
        whole.feed(counter, times(6), [step * n for n in range(6)])
    for part in (slice(0, 2), slice(2, 3), slice(3, 6)):
        for counter, step in (("a", 15.0), ("b", 30.0)):
            parts.feed(counter, times(6)[part], [step * n for n in range(6)][part])
    assert rates(whole) == [3.0] * 5
    assert parts.readings() == whole.readings()


def test_a_counter_that_appears_later_counts_from_its_second_sample():
    growth = Growth()
    growth.feed("a", times(3), [0.0, 15.0, 30.0])
    growth.feed("hot-plugged", times(3)[1:], [1e6, 1e6 + 15])
    assert rates(growth) == [1.0, 2.0]


def test_a_share_is_of_the_whole_and_unknown_where_that_stands_still():
    busy, idle = Growth(), Growth()
    busy.feed("busy", times(4), [0.0, 15.0, 15.0, 20.0])
    idle.feed("idle", times(4), [0.0, 15.0, 15.0, 25.0])
    found = share(busy, [idle])
    assert [reading.value for reading in found] == [0.5, pytest.approx(1 / 3)]
    assert [reading.time for reading in found] == [EVERY, 3 * EVERY]


def test_how_long_is_a_gap_follows_from_how_often_samples_come():
    assert longest_wait(times(9)) == WAIT
    assert longest_wait([0, 3600 * SECOND, 7200 * SECOND]) == MISSED * 3600 * SECOND
    assert longest_wait([5]) == 0


def test_what_grew_over_a_gap_is_not_told():
    """A mean over the night would look like a reading of the morning."""
    growth = Growth()
    growth.feed("a", [0, EVERY, 100 * EVERY, 101 * EVERY], [0.0, 15.0, 9e6, 9e6 + 15])
    assert [each.time for each in without_gaps(growth.readings(), WAIT)] == [
        EVERY,
        101 * EVERY,
    ]


def test_a_gap_in_the_samples_is_a_gap_in_the_line():
    points = drawn({0: 1.0, 1: 2.0, 20: 3.0}, 21).points
    assert [value for _, value in points] == [1.0, 2.0, None, 3.0]
    assert EVERY < points[2].time < 20 * EVERY


def test_a_sample_that_is_late_or_lost_is_no_gap():
    assert None not in [value for _, value in drawn({0: 1.0, 1: 2.0, 4: 3.0}, 5).points]


def test_few_readings_are_drawn_as_they_are():
    values = {at: float(at) for at in range(MOST_POINTS)}
    assert [value for _, value in drawn(values, MOST_POINTS).points] == list(values.values())


def test_of_many_readings_each_point_is_the_mean_of_as_many():
    """Points of two beside points of three readings would look like something that happened."""
    day = 86_400 // 15
    found = drawn({at: float(at % 2) for at in range(day)}, day)
    assert len(found.points) == MOST_POINTS
    assert {value for _, value in found.points} == {0.5}
    assert (found.mean, found.most) == (0.5, 1.0)


def test_the_figures_of_a_legend_are_of_all_readings():
    """A spike of one sample within a day is still the highest."""
    day = 86_400 // 15
    found = drawn({at: 1.0 if at == 700 else 0.0 for at in range(day)}, day)
    assert found.most == 1.0
    assert max(value for _, value in found.points if value is not None) < 0.1
    assert found.latest == gauges({day - 1: 0.0})[0]


def test_nothing_is_drawn_of_nothing():
    assert curve([], 0, EVERY, 0) == Curve([], None, None, None)


@given(st.sets(st.integers(0, 20_000), min_size=1), st.integers(1, 30))
def test_a_line_has_no_more_points_than_it_may_and_none_out_of_order(ats: set[int], every: int):
    """Whatever is missing, and however often samples come."""
    readings = [Reading(t, t, 1.0) for t in sorted(at * every * SECOND for at in ats)]
    until = readings[-1].time + 1
    wait = longest_wait(reading.time for reading in readings)
    points = curve(readings, 0, until, wait).points
    assert [each.time for each in points] == sorted({each.time for each in points})
    assert sum(each.value is not None for each in points) <= MOST_POINTS + 1
    assert points[-1].time == readings[-1].time
