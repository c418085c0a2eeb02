"""
A collector and its sender in simulated time: a window is driven as fast as it allows.

    sender --(at most window.in_flight_limit at once)--> queue of `places` --> `workers` --> answer

A request that finds no place is answered 429 at once, and its sender rests for a second. Nothing
here takes real time, so what comes out is the same every time.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from agent.delivery.window import Sending, Window

RETRY_AFTER_SECONDS = 1.0


@dataclass
class SlowServer:
    """`rate` in bytes a second and worker; `storm` says whether everything is turned away now."""

    window: Window
    workers: int = 2
    places: int = 6
    rate: Callable[[float], float] = lambda _: 4e6
    storm: Callable[[float], bool] = lambda _: False
    deadline_seconds: float = 35.0
    trace: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Of each second: its number, limit, size of batches, bytes that were taken."""
    refused: Counter[int] = field(default_factory=Counter)

    def run(self, seconds: int) -> None:
        self._free = [0.0] * self.workers
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._taken = 0
        self._resting = 0
        self._waiting: list[float] = []
        for second in range(1, seconds + 1):
            self._at(second, self._note)
        self._at(0, self._fill)
        while self._events and self._events[0][0] <= seconds:
            now, _, act = heapq.heappop(self._events)
            act(now)
            self._fill(now)

    def goodput(self, first: int, last: int) -> float:
        """Bytes a second that were taken, from one second to another."""
        taken = [bytes_ for second, _, _, bytes_ in self.trace if first < second <= last]
        return sum(taken) / len(taken)

    def limits(self, first: int, last: int) -> list[int]:
        return [limit for second, limit, _, _ in self.trace if first < second <= last]

    def sizes(self, first: int, last: int) -> list[int]:
        return [size for second, _, size, _ in self.trace if first < second <= last]

    def table(self) -> str:
        """The trace, for people."""
        head = f"{'second':>6} {'at once':>8} {'batch':>9} {'taken':>9}\n"
        return head + "\n".join("{:6} {:8} {:9} {:9}".format(*each) for each in self.trace)

    def _at(self, moment: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), act))

    def _note(self, now: float) -> None:
        window = self.window
        self.trace.append((round(now), window.in_flight_limit, window.batch_bytes, self._taken))
        self._taken = 0

    def _fill(self, now: float) -> None:
        while self.window.in_flight + self._resting < self.window.in_flight_limit:
            self.window.in_flight += 1
            self._send(now, self.window.begin(), self.window.batch_bytes)

    def _send(self, now: float, sending: Sending, size: int) -> None:
        self._waiting = [end for end in self._waiting if end > now]
        if self.storm(now) or len(self._waiting) >= self.places:
            self._at(now + 0.01, lambda then: self._refuse(then, sending))
            return
        worker = min(range(self.workers), key=self._free.__getitem__)
        end = max(now, self._free[worker]) + 0.02 + size / self.rate(now)
        self._free[worker] = end
        self._waiting.append(end)
        if end - now > self.deadline_seconds:
            self._at(now + self.deadline_seconds, lambda _: self._time_out(sending))
        else:
            self._at(end, lambda then: self._answer(then, now, sending, size))

    def _refuse(self, now: float, sending: Sending) -> None:
        self.window.in_flight -= 1
        self.window.pushed_back(sending)
        self.refused[int(now)] += 1
        self._resting += 1
        self._at(now + RETRY_AFTER_SECONDS, self._rested)

    def _rested(self, _: float) -> None:
        self._resting -= 1

    def _time_out(self, sending: Sending) -> None:
        self.window.in_flight -= 1
        self.window.ran_out_of_time(sending)

    def _answer(self, now: float, began: float, sending: Sending, size: int) -> None:
        self.window.in_flight -= 1
        self._taken += size
        self.window.answered(sending, size, now - began)
