"""
Whose file is read for the next batch, and how much of it.

Keeps true:
- containers take turns of equal size, so that one noisy pod delays nobody;
- of a container the oldest file is read to its end before the next: its lines keep their order,
  and what the kubelet deletes first is read first;
- what is open at the end of a file goes over to the next before that is read, once the file is
  stored and its runtime has surely left it;
- a container of which the collector holds a range is read no further, and holds up no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from agent.follower import CHUNK_BYTES, Follower
from agent.packing import Packed
from agent.shedding.limits import Limits
from agent.shedding.turns import Turns
from agent.succession import hand_over
from clew.runtime.clock import Clock

SETTLED_SECONDS = 0.2
"""A runtime that has opened the next file writes the last it has for the one before at once."""
IN_FLIGHT_BYTES = 8 * 1024 * 1024
"""Of one container: enough to keep a collector busy, where it is the only one that grows."""


class Ending(NamedTuple):
    """What a reading may give up on, where there is nothing more to read."""

    open_lines: bool
    groups: bool


Read = Callable[[Follower, int, Ending], Packed | None]
"""Reads so many bytes of a file at most, and packs them; None: there is nothing."""


class Rounds:
    """Used by one thread."""

    def __init__(
        self,
        limits: Limits,
        unfinished_after_seconds: float,
        group_seconds: float,
        clock: Clock,
    ) -> None:
        self._limits, self._clock = limits, clock
        self._unfinished_after, self._group_seconds = unfinished_after_seconds, group_seconds
        self._settled_after = min(SETTLED_SECONDS, group_seconds)
        self._turns: Turns[str] = Turns(CHUNK_BYTES)

    def read(
        self,
        containers: dict[str, list[Follower]],
        room_bytes: int,
        read: Read,
        *,
        close_at_once: bool,
    ) -> list[Packed]:
        """
        What goes into a batch. `containers` has the files of each, the oldest first.

        `close_at_once` gives up on open lines without waiting for their rest.
        """
        now, taken = self._clock.monotonic(), []
        for key, followers in containers.items():
            if _may_be_read(followers):
                self._turns.wake(key)
        while (turn := self._turns.next(room_bytes)) is not None:
            followers = containers.get(turn.key, [])
            most = self._limits.room(turn.key, now) if _may_be_read(followers) else 0
            most = min(turn.most_bytes, most)
            packed = self._next(followers, most, now, read, close_at_once) if most else None
            if packed is None:
                self._turns.took(turn, 0, more=False)
                continue
            taken.append(packed)
            part = packed.reading.range
            size = max(part.size_bytes, 1)
            self._limits.took(turn.key, part.lines, size)
            self._turns.took(turn, size, more=_may_be_read(followers))
            room_bytes -= packed.size_bytes
        return taken

    def _next(
        self,
        followers: Sequence[Follower],
        most_bytes: int,
        now: float,
        read: Read,
        close_at_once: bool,
    ) -> Packed | None:
        for follower in followers:
            goes_on = _goes_on(follower)
            if goes_on or now - follower.grown_at >= self._group_seconds:
                follower.poll(now)  # no look since may have seen that it is not quiet any more
            if not (follower.new_bytes or follower.head.is_open):
                continue
            quiet_seconds = math.inf if close_at_once else now - follower.grown_at
            if goes_on and not follower.new_bytes:
                if follower.ranges or quiet_seconds < self._settled_after:
                    return None
                hand_over(follower)
                continue
            ending = Ending(
                not goes_on and quiet_seconds >= self._unfinished_after,
                not goes_on and quiet_seconds >= self._group_seconds,
            )
            packed = read(follower, most_bytes, ending)
            if packed is not None:
                return packed
        return None


def _goes_on(follower: Follower) -> bool:
    """Whether what is open at its end goes on in a file of which nothing is read yet."""
    if follower.successor is None or follower.cut or follower.end_lost:
        return False
    return follower.successor.unbegun


def _may_be_read(followers: Sequence[Follower]) -> bool:
    if not _has_some(followers) or any(follower.held for follower in followers):
        return False
    return sum(follower.in_flight_bytes for follower in followers) < IN_FLIGHT_BYTES


def _has_some(followers: Sequence[Follower]) -> bool:
    # Asked of every container several times a second, most of which are idle.
    for follower in followers:
        head = follower.head
        if follower.size > head.offset or head.open or head.groups:
            return True
    return False
