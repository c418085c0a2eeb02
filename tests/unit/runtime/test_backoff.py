from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clew.runtime.backoff import Backoff


@given(st.floats(0.01, 10), st.integers(1, 60))
def test_waits_stay_below_a_ceiling_that_doubles(first: float, tries: int):
    backoff = Backoff(first_seconds=first, most_seconds=30.0)
    for attempt in range(tries):
        assert 0 <= backoff.next() <= min(30.0, first * 2**attempt)


def test_waits_differ():
    """Agents that were cut off together must not come back together."""
    assert len({Backoff().next() for _ in range(20)}) > 1


def test_what_the_other_side_asks_for_is_the_least():
    backoff = Backoff(first_seconds=0.2, most_seconds=1.0)
    assert backoff.next(at_least_seconds=5.0) == 5.0
    assert backoff.next(at_least_seconds=0.0) <= 0.4


def test_success_starts_over():
    backoff = Backoff(first_seconds=0.001, most_seconds=1000.0)
    for _ in range(30):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 0.001
