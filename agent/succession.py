"""
The files of a container in their order, and what goes over from one to the next.

    older    |-- ... --| a piece |               rotated, and read to its end
    younger  | its end |-- ... --|               its successor, of which nothing is read yet

A runtime that opens a new log in the middle of a line, or of a stack trace, goes on with it there.
So what is open at the end of a file is handed over to its successor, and goes on as if the two were
one. It keeps the file and the offset where it began: they name its record.

Keeps true:
- what is open is in the position of one file, never in two and never in none: both positions change
  at the same moment, and are in a checkpoint before anything that came of it is in the outbox;
- only what a file's position has passed is handed over, so that no batch of the older file knows of
  it; and only to a file of the same life of the container, of which nothing is read;
- a file is a successor if one look saw both, and saw none between them.

A crash before that checkpoint leaves what is open with the older file, and it is handed over again;
one after it leaves it with the younger one. The bytes that come of it are the same.

Not handed over, and sent as it is after a while: what a file had open that lost bytes at its end,
whose successor was read already, or that was gone before a look saw both. Where somebody deletes a
file between two others before any look saw it, nothing tells that it was there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from agent.accounts import container_of
from agent.follower import Follower
from agent.framing.framed import Origin
from agent.sources.log_file import LogFile


class Succession:
    """Which file comes after which. Used by one thread."""

    def __init__(self) -> None:
        self._placed: set[str] = set()

    def looked(
        self,
        files: Iterable[LogFile],
        followers: dict[str, Follower],
        unreadable: Collection[str],
        saw_everything: bool,
    ) -> None:
        """After a look; `files` in the order of their source."""
        new = followers.keys() - self._placed if saw_everything else None
        if not new:
            return  # most looks find nothing new
        standing = {follower.file.path: follower for follower in followers.values()}
        last: dict[str, Follower] = {}
        for file in files:
            follower = standing.get(file.path)
            if follower is None and file.path in unreadable:
                last.pop(file.container_key, None)  # it stands between the others
            if follower is None:
                continue
            older = last.get(file.container_key)
            if older is not None and not new.isdisjoint((older.generation, follower.generation)):
                older.successor = follower
            last[file.container_key] = follower
        self._placed = set(followers)


def hand_over(older: Follower) -> None:
    """What is open goes on in the successor. Nothing of the older one may be in flight."""
    younger, position = older.successor, older.position
    assert younger is not None
    file = Origin(older.generation, older.file.path)
    closed = msgspec.structs.replace(position, open={}, groups={})
    younger.position = younger.head = position.carried_from(file)
    older.position = older.head = closed


def grouped(followers: dict[str, Follower], found: Iterable[str]) -> dict[str, list[Follower]]:
    """
    Those of each container, the oldest first: a source names files in their order, and what it
    names no more is older.
    """
    found = list(found)
    there = set(found)
    gone = [name for name in followers if name not in there]
    by_container: dict[str, list[Follower]] = {}
    for name in (*gone, *found):
        follower = followers.get(name)
        if follower is None:  # it is given up, and what was found is a shorter copy
            continue
        by_container.setdefault(container_of(follower.file), []).append(follower)
    return by_container
