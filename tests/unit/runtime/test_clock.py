from __future__ import annotations

from clew.runtime.clock import SYSTEM_CLOCK, Deadline
from tests.support.set_clock import SetClock


def test_a_deadline_passes_once_and_for_all():
    clock = SetClock()
    deadline = Deadline.after(2.0, clock)
    assert (deadline.remaining(), deadline.passed()) == (2.0, False)
    clock.advance(1.5)
    assert (deadline.remaining(), deadline.passed()) == (0.5, False)
    clock.advance(5)
    assert (deadline.remaining(), deadline.passed()) == (0.0, True)


def test_the_clock_of_the_machine_counts_nanoseconds_and_never_goes_back():
    assert SYSTEM_CLOCK.now() > 1_600_000_000_000_000_000
    assert SYSTEM_CLOCK.monotonic() <= SYSTEM_CLOCK.monotonic()
