"""
Whether a collector may be asked at present: a circuit breaker.

                    succeeded
    new ──▶ HALF_OPEN ─────────▶ CLOSED ◀─┐ succeeded: failures in a row are forgotten
               ▲  │                │  │ └──┘
               │  │ failed         │  │ busy: stays closed, and rests for as long as it asked
    time passed│  ▼                │
               └─ OPEN ◀───────────┘ failed three times in a row, or once for good

CLOSED lets everything through, OPEN nothing. HALF_OPEN lets one through, to find out: also when the
collector is new, since nothing is known of it yet. OPEN lasts for a random part of a time that
doubles with every failure, and never less than the collector asked for.

What is let through is told the number of the present period, and comes back with it. What comes
back out of an earlier period says nothing about this one: ten batches that hung together are one
fault, and an old answer does not close what opened since.
"""

from __future__ import annotations

from enum import Enum

from clew.runtime.backoff import Backoff
from clew.runtime.clock import Clock

FAILURES = 3
"""In a row. One alone may be a connection that was closed while nobody used it."""
LONGEST_SECONDS = 30.0
"""A collector that came back is found out after so long at worst."""


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    def __init__(self, clock: Clock, backoff: Backoff | None = None) -> None:
        self._clock = clock
        self._backoff = backoff or Backoff(0.5, LONGEST_SECONDS)
        self._failures = 0
        self._trying = False
        self._not_before = float("-inf")
        self.state = State.HALF_OPEN
        self.period = 0
        self.since = clock.now()
        """When it came into this state, in Unix nanoseconds."""

    def wait_seconds(self) -> float:
        """How long nothing is let through for sure; 0: something may be."""
        return max(0.0, self._not_before - self._clock.monotonic())

    def begin(self) -> int | None:
        """The number of the present period, for what is let through now; None: nothing is."""
        if self.wait_seconds() or self._trying:
            return None
        if self.state is State.OPEN:
            self._become(State.HALF_OPEN)
        self._trying = self.state is State.HALF_OPEN
        return self.period

    def succeed(self, period: int) -> None:
        if period != self.period:
            return
        self._failures = 0
        self._backoff.reset()
        if self.state is State.HALF_OPEN:
            self._become(State.CLOSED)

    def fail(self, period: int, at_least_seconds: float = 0.0, *, for_good: bool = False) -> None:
        """It did not answer, or not well; `for_good`: it would not do next time either."""
        if period != self.period:
            return
        self._failures += 1
        if self.state is State.HALF_OPEN or for_good or self._failures >= FAILURES:
            self._become(State.OPEN)
            self._rest(at_least_seconds)

    def busy(self, period: int, seconds: float) -> None:
        """It is well, and wants to be left alone for at least so long."""
        if period != self.period:
            return
        if self.state is not State.CLOSED:
            self.fail(period, seconds)
            return
        # A period of its own: what it was asked together with this would count as asking again.
        self._begin_period()
        self._rest(seconds)

    def ask_again(self) -> None:
        """What was known of it does not count any more: the next is let through, alone."""
        self._become(State.HALF_OPEN)

    def _rest(self, at_least_seconds: float) -> None:
        # On top of what was asked for, or all whom it told the same come back together.
        rest_seconds = at_least_seconds + self._backoff.next()
        self._not_before = self._clock.monotonic() + rest_seconds

    def _become(self, state: State) -> None:
        self.state, self.since = state, self._clock.now()
        self._begin_period()

    def _begin_period(self) -> None:
        self.period += 1
        self._failures, self._trying = 0, False
        self._not_before = float("-inf")
