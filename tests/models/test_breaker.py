"""
The circuit breaker against a model of it: random requests that come back in any order.

The model knows only what the breaker promises. When something is let through is the breaker's: that
it is never too early, never two at once to find out, and never none for ever, is checked here.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.delivery.breaker import FAILURES, LONGEST_SECONDS, Breaker, State
from tests.support.set_clock import SetClock

SECONDS = st.sampled_from([0.0, 0.1, 1.0, 30.0, 600.0])


class BreakerLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock()
        self.breaker = Breaker(self.clock)
        self.away: list[int] = []
        """What was let through and has not come back, by period."""
        self.not_before = 0.0
        """What a collector that counts has asked for."""
        self.in_a_row = 0

    def counts(self, period: int) -> bool:
        return period == self.breaker.period

    @rule(seconds=st.floats(0, 700))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def begin(self) -> None:
        before = self.breaker.state
        finding_out = before is State.HALF_OPEN and any(map(self.counts, self.away))
        waits = self.breaker.wait_seconds()
        period = self.breaker.begin()
        if period is None:
            assert waits > 0 or finding_out
            assert self.breaker.state is before
            return
        assert self.counts(period)
        assert not finding_out
        assert self.clock.monotonic() >= self.not_before
        assert self.breaker.state is not State.OPEN
        if before is State.OPEN:
            assert self.breaker.state is State.HALF_OPEN
        self.away.append(period)

    @precondition(lambda self: self.away)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        period, before = self.come_back(data)
        counts = self.counts(period)
        self.breaker.succeed(period)
        if counts:
            self.in_a_row = 0
            assert self.breaker.state is State.CLOSED
        else:
            assert self.breaker.state is before

    @precondition(lambda self: self.away)
    @rule(data=st.data(), seconds=SECONDS, for_good=st.booleans())
    def fail(self, data: st.DataObject, seconds: float, for_good: bool) -> None:
        period, before = self.come_back(data)
        counts = self.counts(period)
        self.breaker.fail(period, seconds, for_good=for_good)
        if not counts:
            assert self.breaker.state is before
            return
        self.in_a_row += 1
        if before is State.HALF_OPEN or for_good or self.in_a_row == FAILURES:
            assert self.breaker.state is State.OPEN
            self.rests(seconds)
        else:
            assert self.breaker.state is State.CLOSED

    @precondition(lambda self: self.away)
    @rule(data=st.data(), seconds=SECONDS)
    def busy(self, data: st.DataObject, seconds: float) -> None:
        period, before = self.come_back(data)
        counts = self.counts(period)
        self.breaker.busy(period, seconds)
        if counts:
            assert self.breaker.state is (State.CLOSED if before is State.CLOSED else State.OPEN)
            self.rests(seconds)
        else:
            assert self.breaker.state is before

    @rule()
    def ask_again(self) -> None:
        self.breaker.ask_again()
        assert self.breaker.state is State.HALF_OPEN
        self.not_before, self.in_a_row = 0.0, 0

    def come_back(self, data: st.DataObject) -> tuple[int, State]:
        period = data.draw(st.sampled_from(self.away))
        self.away.remove(period)
        return period, self.breaker.state

    def rests(self, seconds: float) -> None:
        self.not_before, self.in_a_row = self.clock.monotonic() + seconds, 0
        assert self.breaker.wait_seconds() <= seconds + LONGEST_SECONDS
        assert self.breaker.wait_seconds() >= seconds

    @invariant()
    def not_for_ever(self) -> None:
        """Unless one is under way to find out, one is let through after so long."""
        assert self.breaker.wait_seconds() <= 600.0 + LONGEST_SECONDS

    @invariant()
    def only_one_finds_out(self) -> None:
        if self.breaker.state is State.HALF_OPEN:
            assert sum(map(self.counts, self.away)) <= 1


BreakerLife.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestBreaker = BreakerLife.TestCase
