"""
Which collector an agent uses: the one it likes best, of those that will do.

Each agent ranks all collectors by a hash of its own name and theirs (rendezvous hashing). So agents
spread evenly without talking to each other; when a collector goes, only its own agents move, each
to another second choice; and when it comes back, they are the only ones to return.

They leave at once and return slowly: at most one attempt in a while, at a moment of each agent's
own. A collector that has just started would otherwise get all of its agents in its first second.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

from clew.runtime.clock import Clock

RETURN_SECONDS = 60.0
"""On average. A collector of 1,000 agents then gets eight of them back in a second."""

T = TypeVar("T")


def ranked(agent: str, names: Iterable[str]) -> list[str]:
    """The names of collectors, the one first that this agent likes best."""
    return sorted(names, key=lambda name: (_weight(agent, name), name), reverse=True)


def _weight(agent: str, name: str) -> bytes:
    return blake2b(f"{agent}\0{name}".encode(errors="surrogatepass"), digest_size=8).digest()


class Choice(Generic[T]):
    """
    Stays with what it has chosen as long as that will do.

    `chance` is a random number between 0 and 1.
    """

    def __init__(
        self,
        clock: Clock,
        return_seconds: float = RETURN_SECONDS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock, self._return_seconds, self._chance = clock, return_seconds, chance
        self._return_at = 0.0
        self.current: T | None = None

    def choose(self, order: Sequence[T], usable: Collection[T]) -> T | None:
        """One of the usable; `order` has the best first. None where none is usable."""
        best = next((each for each in order if each in usable), None)
        # A moment that found no better one usable has passed. If it counted until there is one,
        # all would be waiting for that, and return together.
        due = self._clock.monotonic() >= self._return_at
        if due:
            self._put_off_return()
        if self.current in usable and not due:
            return self.current
        if best != self.current:
            self.current = best
            self._put_off_return()
        return best

    def _put_off_return(self) -> None:
        """Any moment in twice the time: then their returns are spread as evenly as can be."""
        seconds = 2 * self._return_seconds * self._chance()
        self._return_at = self._clock.monotonic() + seconds
