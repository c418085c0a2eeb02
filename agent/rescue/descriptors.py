"""
Which files are kept open, and what happens when there are too few descriptors for all.

Keeps true: everything that is not read, every live file, and a rotated one that may have been
renamed a moment ago and still be written to, is open from the look that finds it;
so many descriptors are left over that the rest of the agent never lacks one. Where there are too
few, what is read to its end is closed first, the longest quiet first. A file for which none is left
is unreadable, and says so.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterable

from agent import events
from agent.files import OpenedLog
from agent.follower import Follower
from agent.rescue.unseen import is_live

QUIET_SECONDS = 30.0
"""How long a rotated file stays open that is read to its end: a runtime may reopen late."""
SPARE = 128
"""For connections, outbox, checkpoint, and the folder that is being listed."""
LEAST_FILES = 16


def raise_descriptor_limit() -> int:
    """As high as this process may have it; how many descriptors that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):  # no more than the soft limit is to be had, then
            pass
    return soft


class Descriptors:
    """Opens and closes the files of followers. `limit` is that of the process."""

    def __init__(self, limit: int | None = None) -> None:
        limit = limit or resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.limit = max(LEAST_FILES, limit - SPARE)
        self.open = 0

    def close_quiet(self, followers: Iterable[Follower], now: float) -> None:
        """At each look: close what need not be open, and count the rest."""
        self.open = 0
        for follower in followers:
            if follower.opened is None:
                continue
            if follower.missed_looks == 0 and not should_be_open(follower, now):
                follower.close()
            else:
                self.open += 1
        events.reading.files_open(self.open, self.limit)

    def open_log(
        self, followers: Iterable[Follower], open_now: Callable[[], OpenedLog]
    ) -> OpenedLog:
        """
        Open a file of one of them; others are closed for it. Raises what `open_now` raises, and
        OSError of EMFILE where no descriptor is left.
        """
        if self.open >= self.limit:
            self._close_one(followers)
        try:
            opened = open_now()
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
            self._close_one(followers)
            opened = open_now()
        self.open += 1
        return opened

    def _close_one(self, followers: Iterable[Follower]) -> None:
        idle = [
            each
            for each in followers
            if each.opened is not None and not each.new_bytes and each.missed_looks == 0
        ]
        if not idle:
            why = f"no descriptor is left for it: {self.open} files are open, of {self.limit}"
            raise OSError(errno.EMFILE, why, os.devnull)
        min(idle, key=lambda each: each.grown_at).close()
        self.open -= 1


def should_be_open(follower: Follower, now: float) -> bool:
    """Whether it has more to read, or somebody may still write to it, under whatever name."""
    file = follower.file
    if follower.new_bytes or is_live(file):
        return True
    return not file.compressed and now - follower.grown_at < QUIET_SECONDS
