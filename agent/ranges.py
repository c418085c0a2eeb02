"""
Ranges: what was read of a file at one go, and what becomes of it.

    stored             in flight                    not read yet
    |------------------|---------|--------|---------|...............|
                    position                      head             size

Keeps true: a range is decided once. Where its lines begin and end, and what was made of each, is in
the outbox before it is sent for the first time, and is sent as it stands there until it is stored.
Answers may come in any order; the position passes ranges in the order in which they were read.
"""

from __future__ import annotations

import msgspec

from agent.framing.joining import Position
from agent.shedding.spans import ShedSpan
from agent.sources.log_file import LogFile
from clew.wire.batch import PartAnswer


class Range(msgspec.Struct):
    """
    A range of a file, as the outbox keeps it: the file's generation, where the range begins, and
    the position behind it. `lines` counts physical lines, `records` what is sent of them, `shed`
    what is left out on purpose. `passed`: the position is behind it, or it is of no matter to it.
    `held`: the collector does not take it at present. `goes_on`: it takes in whole lines that stand
    before it.

    A range of the journal has cursors: `cursor` is that of its last entry, `cursor_before` that
    of the last one before it, empty at the beginning of the journal. `missed`: some that stood
    between these two may be gone.
    """

    generation: str
    file: LogFile
    start: int
    after: Position
    lines: int
    pieces_joined: int
    records: int
    shed: list[ShedSpan] = []
    answer: PartAnswer | None = None
    passed: bool = False
    held: bool = False
    goes_on: bool = False
    cursor: str = ""
    cursor_before: str = ""
    missed: bool = False

    @property
    def size_bytes(self) -> int:
        """0 of the journal, whose entries are counted and not measured."""
        return 0 if self.cursor else self.after.offset - self.start

    @property
    def pieces_before(self) -> int:
        """Pieces that were read before the range, and are part of its records or open behind it."""
        records = self.records + sum(span.lines for span in self.shed)
        return records + self.pieces_joined + self.after.pieces_open - self.lines

    @property
    def takes_over(self) -> bool:
        """Whether it is the first of a file that goes on with what an earlier one left open."""
        return self.start == 0 and self.pieces_before > 0


def why_held(part: Range, answer: PartAnswer) -> str:
    """Why the part that was made of a range is not stored for good; empty where it is."""
    if answer.error or answer.acknowledged != part.after.offset:
        return answer.error or "it was not acknowledged to its end"
    if answer.indexed + answer.quarantined != part.records:
        return "the collector counted other lines than were sent"
    return ""
