"""A clock that stands still until a test moves it."""

from __future__ import annotations

from tests.support.documents import NOON


class SetClock:
    def __init__(self, now: int = NOON) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> int:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += round(seconds * 1_000_000_000)
        self._monotonic += seconds
