"""
Whose file is read next, and how much of it: deficit round robin between containers.

    ring:  a  b  c  d        the head is given a quantum, reads, and goes to the tail
           ^

Keeps true: of containers that always have something unread, none is ahead of another by more than a
quantum and their two longest lines, however different their files are. One that wakes waits for one
turn of each other at most. One that has nothing unread keeps nothing for later, and owes nothing.

A turn is O(1). A line is never read in part: what goes beyond a turn is owed, and the container is
passed over until it has made up for it (Shreedhar and Varghese, "Efficient fair queuing using
deficit round robin", 1995, with a deficit that may be negative).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)

QUANTUM_BYTES = 256 * 1024
"""1,000 containers with a backlog share 256 MiB in a round; smaller turns cost more per byte."""


class Turn(NamedTuple, Generic[Key]):
    key: Key
    most_bytes: int
    """What it should read now, up to the end of the last line in it, or else one longer line."""


class Turns(Generic[Key]):
    """The containers that have something unread, in the order of their turns."""

    def __init__(self, quantum_bytes: int = QUANTUM_BYTES) -> None:
        self._quantum = quantum_bytes
        self._ring: deque[Key] = deque()
        self._credit: dict[Key, int] = {}
        """Of those in the ring, what each may read; less than 0 is owed."""
        self._granted = False
        """Whether the head has been given the quantum of this turn."""

    def __len__(self) -> int:
        return len(self._ring)

    def wake(self, key: Key) -> None:
        """It has something unread that may be read now; it does not matter if it had before."""
        if key not in self._credit:
            self._credit[key] = 0
            self._ring.append(key)

    def next(self, room_bytes: int) -> Turn[Key] | None:
        """
        Whose turn it is, within what is left of a batch; None where nobody has anything.

        Say with `took` what came of it before the next turn is asked for.
        """
        if not self._ring or room_bytes <= 0:
            return None
        passed_over = 0
        while not self._grant():
            self._pass_on()
            passed_over += 1
            if passed_over == len(self._ring):
                self._skip_rounds()
        head = self._ring[0]
        return Turn(head, min(self._credit[head], room_bytes))

    def took(self, turn: Turn[Key], size_bytes: int, *, more: bool) -> None:
        """
        So much was read in a turn; `more` says whether something unread is left.

        Who read nothing has to be woken again: it is held back, or waits for the end of a line.
        """
        key = turn.key
        credit = self._credit[key]
        self._credit[key] = credit - size_bytes
        if not more or size_bytes <= 0:
            self._remove_head()
        elif turn.most_bytes == credit or size_bytes >= credit:
            # What is left is less than the line that did not fit; it counts the next time.
            self._credit[key] = min(self._credit[key], self._quantum)
            self._pass_on()
        # Else the batch was full before its turn was over: it goes on in the next.

    def _grant(self) -> bool:
        """Give the head its quantum, once in a turn; whether it may read."""
        head = self._ring[0]
        if not self._granted:
            self._credit[head] += self._quantum
            self._granted = True
        return self._credit[head] > 0

    def _pass_on(self) -> None:
        self._ring.rotate(-1)
        self._granted = False

    def _remove_head(self) -> None:
        del self._credit[self._ring.popleft()]
        self._granted = False

    def _skip_rounds(self) -> None:
        """Everybody owes something: let as many rounds pass as the first to read again needs."""
        rounds = min(-credit // self._quantum for credit in self._credit.values())
        for key in self._credit:
            self._credit[key] += rounds * self._quantum
