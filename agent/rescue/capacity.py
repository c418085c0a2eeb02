"""
For how long what is written now would survive unread, at the present rate of writing.

    files        on the disk as the runtime keeps them: of each container that is rotated and writes
                 no less than LEAST_RATE, all bytes in its files / its rate; the smallest of them
    descriptors  by what open files may hold of the disk once they are deleted / the node's rate
    rescue       by what may still be copied to the rescue spool / the node's rate

Infinite where nothing is written. A container whose files were never rotated loses none, whatever
it writes; one that was rotated a few times keeps fewer files than it will, so its figure is low.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from agent.accounts import Account
from agent.follower import Follower

MEAN_SECONDS = 60.0
"""What was written so long ago counts about a third of what is written now."""
LEAST_RATE = 1024.0
"""Bytes per second; who writes less keeps its files for hours."""


class Capacity(NamedTuple):
    """In seconds."""

    files: float = math.inf
    descriptors: float = math.inf
    rescue: float = math.inf


class _Rate:
    """An exponential mean of what a container writes."""

    def __init__(self, account: Account, now: float) -> None:
        self.per_second = 0.0
        self._account, self._total, self._at = account, account.written_bytes, now

    def update(self, now: float) -> None:
        seconds, total = now - self._at, self._account.written_bytes
        if seconds <= 0:
            return
        weight = 1 - math.exp(-seconds / MEAN_SECONDS)
        self.per_second += weight * (max(0, total - self._total) / seconds - self.per_second)
        self._total, self._at = total, now


class CapacityGauge:
    """Rates by container."""

    def __init__(self) -> None:
        self._rates: dict[int, _Rate] = {}

    def update(
        self, followers: Iterable[Follower], now: float, *, held: int, rescue: int
    ) -> Capacity:
        """`held` and `rescue` are how many bytes there is room for."""
        kept: dict[int, list[int]] = {}
        before, self._rates = self._rates, {}
        for follower in followers:
            key = id(follower.account)
            if key not in self._rates:
                self._rates[key] = before.get(key) or _Rate(follower.account, now)
                self._rates[key].update(now)
            if follower.missed_looks == 0:
                kept.setdefault(key, []).append(follower.size)
        node = sum(rate.per_second for rate in self._rates.values())
        files = (
            sum(kept[key]) / rate.per_second
            for key, rate in self._rates.items()
            if rate.per_second >= LEAST_RATE and len(kept.get(key, ())) > 1
        )
        return Capacity(min(files, default=math.inf), _seconds(held, node), _seconds(rescue, node))


def _seconds(size: int, rate: float) -> float:
    return size / rate if rate >= 1 else math.inf
