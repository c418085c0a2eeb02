"""A circuit from one event to the next. Random ones are in tests/models."""

from __future__ import annotations

import pytest

from agent.delivery.breaker import FAILURES, Breaker, State
from clew.runtime.backoff import Backoff
from tests.support.set_clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def breaker(clock: SetClock) -> Breaker:
    return Breaker(clock)


def let_through(breaker: Breaker) -> int:
    period = breaker.begin()
    assert period is not None
    return period


def closed(breaker: Breaker) -> int:
    breaker.succeed(let_through(breaker))
    assert breaker.state is State.CLOSED
    return let_through(breaker)


def test_a_new_collector_is_asked_by_one_alone(breaker: Breaker):
    let_through(breaker)
    assert breaker.begin() is None
    assert breaker.state is State.HALF_OPEN


def test_failures_open_only_in_a_row(breaker: Breaker):
    period = closed(breaker)
    for _ in range(FAILURES - 1):
        breaker.fail(period)
    breaker.succeed(period)
    states = [breaker.state]
    for _ in range(FAILURES):
        breaker.fail(period)
        states.append(breaker.state)
    assert states == [State.CLOSED] * FAILURES + [State.OPEN]


def test_one_silence_is_enough(breaker: Breaker):
    breaker.fail(closed(breaker), for_good=True)
    assert breaker.state is State.OPEN


def test_what_was_sent_before_it_opened_neither_closes_it_nor_makes_it_worse(breaker: Breaker):
    period = closed(breaker)
    breaker.fail(period, 60.0, for_good=True)
    seconds = breaker.wait_seconds()
    breaker.succeed(period)
    breaker.fail(period, 600.0)
    breaker.busy(period, 600.0)
    assert (breaker.state, breaker.wait_seconds()) == (State.OPEN, seconds)


def test_it_waits_longer_with_every_failure_and_not_after_a_success(clock: SetClock):
    """Full jitter: any part of a ceiling that doubles. So the longest of many is told from."""

    def longest(failures: int, *, then_well: bool) -> float:
        seconds = []
        for _ in range(200):
            breaker = Breaker(clock, Backoff(1.0, 16.0))
            for _ in range(failures):
                breaker.fail(let_through(breaker))
                clock.advance(breaker.wait_seconds())
            if then_well:
                breaker.fail(closed(breaker), for_good=True)
            else:
                breaker.fail(let_through(breaker))
            seconds.append(breaker.wait_seconds())
        return max(seconds)

    assert longest(0, then_well=False) <= 1.0
    assert 4.0 < longest(3, then_well=False) <= 8.0
    assert longest(3, then_well=True) <= 1.0


def test_a_busy_collector_stays_closed_and_gets_what_it_asked_for(
    breaker: Breaker, clock: SetClock
):
    breaker.busy(closed(breaker), 10.0)
    assert breaker.state is State.CLOSED
    clock.advance(9.9)
    assert breaker.begin() is None
    clock.advance(breaker.wait_seconds())
    let_through(breaker)


def test_many_that_were_told_at_once_that_it_is_busy_are_one_piece_of_news(clock: SetClock):
    breaker = Breaker(clock, Backoff(0.5, 30.0))
    period = closed(breaker)
    for _ in range(10):
        breaker.busy(period, 1.0)
    assert breaker.wait_seconds() <= 1.5


def test_the_time_of_a_state_is_that_of_its_beginning(breaker: Breaker, clock: SetClock):
    clock.advance(5)
    period = closed(breaker)
    since = clock.now()
    clock.advance(5)
    breaker.busy(period, 1.0)
    assert breaker.since == since
