"""
Containers whose pods ask to be left alone, and may: nothing of them is read, and it is counted.

Not promised: lines that were read before it was known what the pod asks for.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.accounts import container_of
from agent.follower import Follower


class Excluded:
    """As of the last look; also what is written after it is not read."""

    def __init__(self) -> None:
        self._containers: set[str] = set()

    def clear(self) -> None:
        """Policy is asked anew."""
        self._containers.clear()

    def add(self, container: str, followers: Iterable[Follower]) -> None:
        """These are all its files."""
        self._containers.add(container)
        for follower in followers:
            _pass_over(follower)

    def passes_over(self, follower: Follower) -> bool:
        """Whether nothing is to be read of a file; the rest of a line that is open still is."""
        if container_of(follower.file) not in self._containers:
            return False
        _pass_over(follower)
        return not follower.head.is_open


def _pass_over(follower: Follower) -> None:
    follower.account.excluded_bytes += follower.skip()
