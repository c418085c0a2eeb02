"""
Gaps: what nobody will ever read goes into the ledger and the books of its container, and is told.

Keeps true: bytes are in one gap at most, and in none that were read; whoever notes one passes over
them at the same moment.
"""

from __future__ import annotations

import os

from agent import events
from agent.accounts import Account
from agent.follower import Follower
from agent.framing.joining import Position
from agent.ledger import Gap, GapReason, Ledger
from agent.sources.log_file import LogFile
from clew.runtime.clock import Clock


class Gaps:
    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.ledger, self._clock = ledger, clock

    def of(self, follower: Follower, start: int, end: int, reason: GapReason | None = None) -> None:
        """Without a reason it is the one that the path tells. Nothing is no gap, unless unseen."""
        if start < end or reason is GapReason.UNSEEN:
            # Path.exists would raise where a folder above may not be entered.
            there = os.path.exists(follower.file.path)  # noqa: PTH110
            gone = GapReason.TRUNCATED if there else GapReason.DELETED
            follower.end_lost = True
            self.note(follower.file, start, end, reason or gone, follower.account)

    def note(
        self, file: LogFile, start: int, end: int, reason: GapReason, account: Account
    ) -> None:
        gap = Gap(file.container_key, file.path, start, end, reason, self._clock.now())
        account.add_gap(gap)
        self._tell(gap)

    def begin_at(self, follower: Follower, position: Position) -> None:
        """Reading begins in the middle: open pieces that a position brings along were read once."""
        self.ledger.lines_read += position.pieces_open
        follower.account.stored_lines += position.pieces_open

    def of_nobody(self, path: str, size_bytes: int, reason: GapReason) -> None:
        """It is not known whose bytes they were."""
        self._tell(Gap("", path, 0, size_bytes, reason, self._clock.now()))

    def _tell(self, gap: Gap) -> None:
        self.ledger.add_gap(gap)
        events.lines.gap_found(gap)
