"""
Rate limits of containers: a container that writes faster is read later, never in part.

Keeps true: nothing is dropped here. What is above the rate waits in its file, which is the queue;
what the kubelet deletes before its turn comes is a gap like any other. Over any time a container is
read at most its rate times that time, its burst, and what one reading took beyond its room.

Each limit is a bucket that fills at the rate up to the burst. Readings empty it, below zero where a
line was longer than the room: what is owed is waited for. Nothing is on disk: after a restart every
container begins with a full burst.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from sys import maxsize

from agent.shedding.config import RateLimitsConfig
from agent.shedding.namespaces import named
from agent.shedding.rates import UNLIMITED, Rate

LEAST_BYTES = 32 * 1024
"""The least room, if there is any: above the 16 KiB at which runtimes cut lines into pieces, so
that whoever reads so much gets on."""
_LINE_BYTES = 256.0
"""How long the lines of a container are thought to be before the first is read."""
_WEIGHT = 0.2
"""Of the latest reading in the mean length of a line."""


class _Bucket:
    """`level` is what may be taken now; less than 0 is owed."""

    def __init__(self, rate: float, burst_seconds: float, now: float) -> None:
        self.rate, self._most = rate, max(1.0, rate * burst_seconds)
        self.level, self._at = self._most, now

    def fill(self, now: float) -> None:
        self.level = min(self._most, self.level + (now - self._at) * self.rate)
        self._at = now

    @property
    def due_seconds(self) -> float:
        """How long until there is something to take."""
        return max(0.0, (1.0 - self.level) / self.rate)


class _Limited:
    """A container with a limit. `delayed` is for how many seconds it was kept waiting."""

    def __init__(self, rate: Rate, burst_seconds: float, now: float) -> None:
        self.rate = rate
        self._lines = None if rate.lines is None else _Bucket(rate.lines, burst_seconds, now)
        self._bytes = None if rate.bytes is None else _Bucket(rate.bytes, burst_seconds, now)
        self._line_bytes = _LINE_BYTES
        self._waits: tuple[float, float] | None = None
        self.delayed = 0.0

    def room(self, now: float) -> int:
        self._note_wait(now)
        due = self.due_seconds(now)
        if due > 0:
            self._waits = now, now + due
            return 0
        by_lines = maxsize if self._lines is None else int(self._lines.level * self._line_bytes)
        by_bytes = maxsize if self._bytes is None else int(self._bytes.level)
        return max(LEAST_BYTES, min(by_lines, by_bytes))

    def due_seconds(self, now: float) -> float:
        for bucket in self._buckets:
            bucket.fill(now)
        return max(bucket.due_seconds for bucket in self._buckets)

    def take(self, lines: int, size_bytes: int) -> None:
        if self._lines is not None:
            self._lines.level -= lines
        if self._bytes is not None:
            self._bytes.level -= size_bytes
        if lines:
            self._line_bytes += _WEIGHT * (size_bytes / lines - self._line_bytes)

    @property
    def _buckets(self) -> list[_Bucket]:
        return [bucket for bucket in (self._lines, self._bytes) if bucket is not None]

    def _note_wait(self, now: float) -> None:
        """The time since it was last told to wait, up to when there was room again."""
        if self._waits is not None:
            since, until = self._waits
            self.delayed += max(0.0, min(now, until) - since)
            self._waits = None


class Limits:
    """One for all containers of a node. Times are seconds of a clock that never goes back."""

    def __init__(
        self, config: RateLimitsConfig, delayed: Callable[[float], None] = lambda _: None
    ) -> None:
        """`delayed` is told of every second that a container was kept waiting."""
        self._config, self._note_delay = config, delayed
        self._limited: dict[str, _Limited] = {}

    @property
    def unlimited(self) -> bool:
        """Whether no container is limited, and none will be by configuration."""
        return not self._limited and not self._config.rules

    def follow(self, container: str, namespace: str, now: float, own: Rate = UNLIMITED) -> None:
        """Learn of a container, or of another rate that its pod's annotation asks for now."""
        rate = self._rate(namespace).stricter(own)
        known = self._limited.get(container)
        if rate == UNLIMITED:
            self._limited.pop(container, None)
        elif known is None or known.rate != rate:
            fresh = _Limited(rate, self._config.burst, now)
            fresh.delayed = known.delayed if known else 0.0
            self._limited[container] = fresh

    def keep(self, containers: Container[str]) -> None:
        """The files of all others are gone."""
        self._limited = {key: each for key, each in self._limited.items() if key in containers}

    def room(self, container: str, now: float) -> int:
        """
        How many bytes of a container may be read now, of one that has some.

        0, or at least LEAST_BYTES. A longer line is read whole all the same, and is owed.
        """
        limited = self._limited.get(container)
        if limited is None:
            return maxsize
        before = limited.delayed
        room = limited.room(now)
        if limited.delayed > before:
            self._note_delay(limited.delayed - before)
        return room

    def took(self, container: str, lines: int, size_bytes: int) -> None:
        """So much was read."""
        limited = self._limited.get(container)
        if limited is not None:
            limited.take(lines, size_bytes)

    def due_seconds(self, container: str, now: float) -> float:
        """How long until there is room; 0 where there is some."""
        limited = self._limited.get(container)
        return 0.0 if limited is None else limited.due_seconds(now)

    def delays(self) -> dict[str, float]:
        """Container -> for how many seconds it was kept waiting, of those that ever were."""
        each = self._limited.items()
        return {container: limited.delayed for container, limited in each if limited.delayed}

    def _rate(self, namespace: str) -> Rate:
        for rule in self._config.rules:
            if named(namespace, rule.namespaces):
                return Rate(rule.lines_per_second, rule.bytes_per_second)
        return UNLIMITED
