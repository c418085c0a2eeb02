"""
How many batches may wait for their answers at the same time, and how large a batch may be.

Additive increase, multiplicative decrease, as in TCP: agents that share a collector find the rate
that it can take, and share it evenly, without anybody telling them.

    answered well and quickly   a larger batch, until it is full size; then one more in a round
    too slow                    half as many, and no less than two: it takes what it gets
    busy                        half as many; once there is only one, half the size
    out of time                 half as many of half the size: the same again would run out again
    too large (413)             half the size, and no larger until 1,000 batches were taken

Slow is what takes three times as long as batches of that size take otherwise, and not less than a
second: what is quicker than that delays nobody. The measure itself creeps up, so that a store that
has become slower for good is not held to what it once was.

A round is what was on the way together. It shrinks the window once, whatever it comes back with:
eight batches that met the same full queue are one piece of news.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST_BATCH_BYTES = 64 * 1024
"""The smallest that can be set: below it, what a request costs is more than what it carries."""
FIRST_IN_FLIGHT = 2
"""One is read while the other is on its way."""
SLOW_FACTOR = 3.0
SLOW_SECONDS = 1.0
CREEP = 1.01
"""Five hundred answers, and what was slow by this is the measure."""
SIZE_STEPS = 8
"""Good answers from nothing to full size."""
REMEMBERED_BATCHES = 1000


@dataclass(frozen=True, slots=True)
class Sending:
    """What was let through: in which round, and whether it took the last place."""

    round: int
    filled: bool


class Window:
    """`in_flight` is how many are on the way now: their senders count it."""

    def __init__(self, most_in_flight: int, most_batch_bytes: int) -> None:
        self._most_in_flight, self._most_bytes = most_in_flight, most_batch_bytes
        self._least_bytes = min(LEAST_BATCH_BYTES, most_batch_bytes)
        self._limit = float(min(FIRST_IN_FLIGHT, most_in_flight))
        self._bytes = most_batch_bytes
        self._taken_bytes = most_batch_bytes
        """What is not known to be too large."""
        self._taken_since = 0
        self._round = 0
        self._usual_seconds: dict[int, float] = {}
        self.in_flight = 0

    @property
    def in_flight_limit(self) -> int:
        """How many batches may be on the way at the same time; at least one."""
        return int(self._limit)

    @property
    def batch_bytes(self) -> int:
        """How much of the files the next batch should hold, uncompressed."""
        return min(self._bytes, self._taken_bytes)

    def begin(self) -> Sending:
        """For one that sets out now, and is counted already."""
        return Sending(self._round, self.in_flight >= self.in_flight_limit)

    def answered(self, sending: Sending, body_bytes: int, seconds: float) -> None:
        """It was taken, so many seconds after its first byte was sent."""
        self._remember_less()
        if self._is_slow(body_bytes, seconds):
            self._slow_down(sending)
        elif sending.round == self._round:
            self._grow(filled=sending.filled)

    def pushed_back(self, sending: Sending) -> None:
        """The collector or its store can't keep up."""
        if sending.round != self._round:
            return
        self._round += 1
        if self.in_flight_limit > 1:
            self._limit = max(1.0, self._limit / 2)
        else:
            self._shrink_batches()

    def ran_out_of_time(self, sending: Sending) -> None:
        if sending.round != self._round:
            return
        self._round += 1
        self._limit = max(1.0, self._limit / 2)
        self._shrink_batches()

    def too_large(self, sending: Sending) -> None:
        if sending.round != self._round:
            return
        self._round += 1
        self._taken_since = 0
        self._taken_bytes = max(self._least_bytes, self.batch_bytes // 2)

    def _slow_down(self, sending: Sending) -> None:
        if sending.round == self._round and self._limit > FIRST_IN_FLIGHT:
            self._round += 1
            self._limit = max(float(FIRST_IN_FLIGHT), self._limit / 2)

    def _grow(self, *, filled: bool) -> None:
        if self._bytes < self._most_bytes:
            step = max(1, self._most_bytes // SIZE_STEPS)
            self._bytes = min(self._most_bytes, self._bytes + step)
        elif filled:
            # Only where all places were taken: a quiet node learns nothing of how many it could be.
            self._limit = min(float(self._most_in_flight), self._limit + 1 / self._limit)

    def _shrink_batches(self) -> None:
        self._bytes = max(self._least_bytes, self._bytes // 2)

    def _remember_less(self) -> None:
        self._taken_since += 1
        if self._taken_since >= REMEMBERED_BATCHES:
            self._taken_since = 0
            self._taken_bytes = min(self._most_bytes, self._taken_bytes * 2)

    def _is_slow(self, body_bytes: int, seconds: float) -> bool:
        """As against what others took whose size has the same number of digits, in base 2."""
        size = body_bytes.bit_length()
        usual = self._usual_seconds.get(size, seconds)
        self._usual_seconds[size] = min(seconds, usual * CREEP)
        return seconds > max(SLOW_SECONDS, SLOW_FACTOR * usual)
