"""
The books of an agent: what was read, and what became of it.

They are written with the checkpoint, in one file and at one moment, so they describe exactly the
bytes that the checkpoint says are done:

    lines read = records + pieces joined + pieces still open
    records    = indexed + quarantined + shed
    written    = read + unread + gaps                                   (bytes)
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from agent.ranges import Range
from agent.shedding.spans import ShedSpan, fold
from clew.wire.batch import PartAnswer


class GapReason(StrEnum):
    DELETED = "deleted"  # the file was gone before it was read to its end
    TRUNCATED = "truncated"  # it was emptied, or written anew, under its own name
    UNSEEN = "unseen"  # it was written to and deleted while no agent looked, or may have been
    RESCUE_FULL = "rescue_full"  # its copy in the rescue spool made room for a later file's
    RESCUE_DAMAGED = "rescue_damaged"  # its copy in the rescue spool is not what was written
    VACUUMED = "vacuumed"  # the journal deleted entries before they were read
    HELD = "held"  # nothing could be copied, and deleted files held too much of the disk


class Gap(msgspec.Struct):
    """
    Bytes of a file that nobody will ever read: from `start` up to `end`, as last seen. Where it
    was `unseen` or `vacuumed` there may be more of them, or none at all.

    `time` is when that was found, in Unix nanoseconds; 0 in checkpoints from before it was noted.
    """

    container: str
    path: str
    start: int
    end: int
    reason: GapReason
    time: int = 0

    @property
    def unbounded(self) -> bool:
        """Whether nobody knows how many bytes it really was."""
        return self.reason in {GapReason.UNSEEN, GapReason.VACUUMED}


GAPS_KEPT = 1000
"""The latest gaps are kept one by one, all of them in the sums."""


class Ledger(msgspec.Struct):
    """Sums since the agent's first start."""

    bytes_read: int = 0
    lines_read: int = 0
    pieces_joined: int = 0
    indexed: int = 0
    existing: int = 0  # of the indexed and quarantined, those that were stored before
    quarantined: int = 0
    gap_bytes: int = 0
    gap_count: int = 0
    gaps: list[Gap] = []
    shed_lines: int = 0
    shed_bytes: int = 0
    shed: list[ShedSpan] = []

    def add(self, part: Range, answer: PartAnswer) -> None:
        """A range is stored, and the position has passed it."""
        self.bytes_read += part.size_bytes
        self.lines_read += part.lines
        self.pieces_joined += part.pieces_joined
        self.indexed += answer.indexed
        self.quarantined += answer.quarantined
        self.existing += answer.existing
        self._add_shed(part.shed)

    def add_gap(self, gap: Gap) -> None:
        self.gap_count += 1
        self.gap_bytes += gap.end - gap.start
        self.gaps = [*self.gaps[-GAPS_KEPT + 1 :], gap]

    def _add_shed(self, spans: Sequence[ShedSpan]) -> None:
        if spans:
            self.shed_lines += sum(span.lines for span in spans)
            self.shed_bytes += sum(span.bytes for span in spans)
            self.shed = fold(self.shed, spans)

    def balance(self, pieces_open: int) -> int:
        """Lines read less lines accounted for: zero, or something was lost or counted twice."""
        records = self.indexed + self.quarantined + self.shed_lines
        return self.lines_read - records - self.pieces_joined - pieces_open
