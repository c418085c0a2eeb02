from __future__ import annotations

import itertools

import pytest

from clew.demo.faults import DESCRIPTIONS, EVERY_TWO_MINUTES, NO_FAULTS, Fault, Timetable
from clew.demo.registry import SERVICES


@pytest.mark.parametrize(
    ("seconds", "in_trouble"),
    [
        (0, set()),
        (20, {"payment"}),
        (39.9, {"payment"}),
        (40, set()),
        (60, {"stock"}),
        (100, {"shipping"}),
        (110, set()),
        (140, {"payment"}),
    ],
)
def test_every_two_minutes(seconds: float, in_trouble: set[str]):
    """A fault holds from its start up to its end, and comes again with each cycle."""
    assert EVERY_TWO_MINUTES.active(seconds) == in_trouble


def test_changes_are_foretold():
    """Waiting from change to change meets every start and end of a cycle, then the next cycle's."""
    moments = [0.0]
    for _ in range(8):
        wait = EVERY_TWO_MINUTES.seconds_to_change(moments[-1])
        assert wait is not None
        moments.append(moments[-1] + wait)
    assert moments == [0, 20, 40, 55, 75, 90, 105, 140, 160]
    for before, after in itertools.pairwise(moments):
        assert EVERY_TWO_MINUTES.active(before) == EVERY_TWO_MINUTES.active((before + after) / 2)


def test_a_timetable_without_faults_never_changes():
    assert NO_FAULTS.seconds_to_change(5) is None
    assert NO_FAULTS.active(5) == frozenset()


def test_faults_may_overlap():
    both = Timetable(10, (Fault("stock", 0, 5), Fault("payment", 4, 10)))
    assert both.active(4.5) == {"stock", "payment"}


def test_every_fault_is_described():
    """Whatever the timetable names is a service, and there are words for its trouble."""
    named = {fault.service for fault in EVERY_TWO_MINUTES.faults}
    assert named == set(DESCRIPTIONS)
    assert named <= set(SERVICES)
