"""
Followers whose files no look finds any more: what is done so that they are read to their end.

    missing     a look did not find it; it may have been renamed while its folder was listed
    held        it has no name any more, or is out of reach: what is unread is copied at once, and
                what is still written to it, until it was quiet for QUIET_SECONDS; then it is closed
    rescued     closed, or of the last process: the rest is read out of the copy
    gone        nothing more is to be read

Keeps true: what is neither read nor copied is not let go of, unless the files that are held so take
more of the disk than they may; then the one goes first that lost its name first. What is given up
is a gap. What a look finds is another look's matter, and a shorter copy of a file is not the file.

Not promised: what is written to a file without a name between the last look and a kill -9.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import NamedTuple

from agent import events
from agent.cut_off import go_on_behind_cut, see_cut
from agent.files import FileChangedError, OpenedLog
from agent.follower import Follower
from agent.gaps import Gaps
from agent.ledger import GapReason
from agent.passing import pass_stored
from agent.rescue.segment import Header
from agent.rescue.spool import RescueSpool
from agent.rescue.unseen import is_live
from agent.sources.log_file import LogFile

LOOKS_BEFORE_GONE = 2
"""A file that is renamed while its folder is listed can be missed once."""
QUIET_SECONDS = 30.0
"""A runtime reopens a rotated log within seconds; who writes later has lost its log for good."""
HELD_BYTES = 512 * 1024 * 1024
_BLOCK_BYTES = 512
"""Of `st_blocks`, whatever the file system's blocks are."""


class _Held(NamedTuple):
    follower: Follower
    size_bytes: int


def _held_by(follower: Follower) -> int:
    """What is on the disk only because a file is open: it has no name."""
    if follower.opened is None or not follower.nameless:
        return 0
    try:
        return follower.opened.status().st_blocks * _BLOCK_BYTES
    except OSError:
        return 0  # what does not say what it holds frees nothing for certain


class Keeping:
    """All methods run in the watch's thread."""

    def __init__(self, spool: RescueSpool, held_bytes: int, gaps: Gaps) -> None:
        self._spool, self._gaps, self.held_limit_bytes = spool, gaps, held_bytes
        self.held_bytes = 0
        """What is on the disk of files that have no name, as of the last look."""
        self.changed = False
        """Whether something became so that the next start has to know."""

    def poll(self, follower: Follower) -> None:
        """Copy what is not read of a file that lost its last name since the last look."""
        if self._uncopied(follower) and not _is_packed(follower.file):
            self._see_folder(follower)
            self._copy(follower)

    def leave(self, follower: Follower, now: float) -> bool:
        """
        A look did not find its file. Whether there is nothing more to be done for it.

        Raises OSError where the open file does not say what became of it.
        """
        follower.grown_at = min(follower.grown_at, now)  # one that no look ever found grows no more
        opened = follower.opened
        if opened is not None and not self._let_be(follower, opened, now):
            return False
        if follower.missed_looks < LOOKS_BEFORE_GONE and not follower.rescued:
            return False
        self._judge(follower)
        return self._through(follower)

    def missing(self, follower: Follower) -> bool:
        """Whether the next look must tell what became of it."""
        waits = follower.missed_looks > 0 and not follower.judged
        return waits and follower.nameless_since == math.inf

    def give_up(self, follower: Follower, reason: GapReason) -> None:
        """What is not read of it is lost."""
        self._spool.drop(follower.generation)
        follower.rescued = None
        follower.close()
        end = follower.read_or_ahead
        self._gaps.of(follower, end, follower.size, reason)
        follower.cut_off(end)
        self._end(follower)

    def give_up_copy(self, follower: Follower) -> None:
        """Its copy makes room for a later one: lost, unless it has a name again."""
        if (follower.seen and follower.missed_looks == 0) or _is_packed(follower.file):
            follower.rescued = None
        else:
            self.give_up(follower, GapReason.RESCUE_FULL)

    def bound(self, followers: Iterable[Follower]) -> None:
        """Give up files without a name, until those that are left hold no more than they may."""
        held = [_Held(each, size) for each in followers if (size := _held_by(each))]
        self.held_bytes = sum(each.size_bytes for each in held)
        if self.held_bytes > self.held_limit_bytes:
            # First those that are read under another name, or out of a copy.
            held.sort(
                key=lambda each: (self._only_there(each.follower), each.follower.nameless_since)
            )
        for follower, size in held:
            if self.held_bytes <= self.held_limit_bytes:
                break
            self.held_bytes -= size
            if self._only_there(follower):
                self.give_up(follower, GapReason.HELD)
            follower.close()
        events.rescue.deleted_files_hold(self.held_bytes)

    def _only_there(self, follower: Follower) -> bool:
        there = follower.missed_looks == 0 or _is_packed(follower.file)
        return not there and self._uncopied(follower)

    def _let_be(self, follower: Follower, opened: OpenedLog, now: float) -> bool:
        """Keep an open file until it is copied and quiet; whether it is closed now."""
        if not follower.lost_name() and follower.missed_looks < LOOKS_BEFORE_GONE:
            return False
        try:
            opened.check()
        except (FileChangedError, OSError):
            follower.close()
            return True
        if opened.grows and see_cut(follower, opened.size):
            go_on_behind_cut(follower, opened.size, self._gaps)
        follower.poll(now)
        if follower.nameless_since == math.inf:
            follower.nameless_since = now
            self._see_folder(follower)
        copied = not self._uncopied(follower) or self._copy(follower)
        if now - max(follower.nameless_since, follower.grown_at) < QUIET_SECONDS or not copied:
            return False
        follower.close()
        self._end(follower)
        return True

    def _see_folder(self, follower: Follower) -> None:
        """The kubelet removes a pod's folder when its containers have ended."""
        if not os.path.isdir(os.path.dirname(follower.file.path)):  # noqa: PTH112, PTH120
            self._end(follower)

    def _uncopied(self, follower: Follower) -> bool:
        rescued = follower.rescued
        return follower.size > max(follower.head.offset, rescued.end if rescued else 0)

    def _copy(self, follower: Follower) -> bool:
        """Whether all that is not read is on the disk now."""
        opened, rescued = follower.opened, follower.rescued
        assert opened is not None
        head = follower.head
        start = max(head.offset, rescued.end if rescued else 0)
        # At the file's beginning: what an earlier one left open is the checkpoint's to tell.
        position = head.copy() if 0 < start == head.offset else head.further(start)
        header = Header(
            follower.generation, follower.file, opened.first_line, position, follower.ended
        )
        try:
            follower.rescued = self._spool.copy(header, opened, start, follower.size)
        except FileChangedError:
            follower.close()
            return False
        except OSError as error:
            follower.rescued = self._spool.generations.get(follower.generation)
            events.rescue.not_rescued(follower.file.path, error)
            return False
        events.rescue.rescued(follower.file.path, follower.size - start)
        return True

    def _judge(self, follower: Follower) -> None:
        """Say what was lost behind the last byte that can be read. Once for each file."""
        judged, follower.judged = follower.judged, True
        if judged:
            return
        rescued = follower.rescued
        end = max(follower.read_or_ahead, rescued.end if rescued else 0)
        if not follower.seen:
            if follower.size > end and rescued and rescued.damaged:
                self._gaps.of(follower, end, follower.size, GapReason.RESCUE_DAMAGED)
            elif _may_be_larger(follower, end):
                self._gaps.of(follower, end, max(end, follower.size), GapReason.UNSEEN)
        elif follower.size > end:
            self._gaps.of(follower, end, follower.size)
        follower.cut_off(end)
        self._end(follower)

    def _through(self, follower: Follower) -> bool:
        """Nothing holds the file open; whether everything is read that can be."""
        self._pass_hole(follower)
        if follower.behind_hole() is not None:
            return False  # what is on its way stands before the hole, or what is open
        rescued = follower.rescued
        if follower.ahead or (
            rescued and rescued.run_end(follower.read_up_to) > follower.read_up_to
        ):
            return False
        if follower.cut and follower.head.is_open:
            return False
        self._gaps.of(follower, follower.head.offset, follower.size)
        follower.let_go()
        return not follower.ranges and not follower.head.is_open

    def _pass_hole(self, follower: Follower) -> None:
        place = follower.behind_hole()
        if place is None or follower.ranges:
            return
        if follower.head.is_open:
            follower.cut = True  # what is open is closed by the next reading
            return
        damaged = follower.rescued is not None and follower.rescued.damaged
        reason = GapReason.RESCUE_DAMAGED if damaged else None
        self._gaps.of(follower, follower.head.offset, place.offset, reason)
        self._gaps.begin_at(follower, place)
        follower.skip_to(place)
        pass_stored(follower, self._gaps.ledger)

    def _end(self, follower: Follower) -> None:
        self.changed = self.changed or not follower.ended
        follower.ended = True


def _is_packed(file: LogFile) -> bool:
    """Whether a file without its plain name is there as the kubelet's gzip, seen or not."""
    return os.path.exists(file.path if file.compressed else f"{file.path}.gz")  # noqa: PTH110


def _may_be_larger(follower: Follower, end: int) -> bool:
    """Whether there may have been more behind the last byte that can be read."""
    unsized = not follower.sized and follower.rescued is None
    return follower.size > end or unsized or (is_live(follower.file) and not follower.ended)
