"""
The node's journal among the followed files: its readings go into the same batches.

    entries    |---- stored ----|--- in flight ---|--- not read ---|
                             cursor              head

Keeps true: the cursor moves over what is stored for good, in the order in which it was read, and
the books with it. What was in flight when the last process ended is in the outbox, and is not read
again; each range names the cursor before it, so what stood in a damaged slot is read again, up to
where the next range begins. What the journal deleted is a gap as soon as the cursor passes it.

Where the journal is not followed at present, what is in flight of it is settled all the same, and
the cursor is kept. An entry's place is its number in the journal, so bytes are not counted: ranges
of the journal are of no size.

A range behind a damaged one is sent, but not counted, where nobody can tell any more where the
damaged one ended: then its entries are read again, as those between are, and are counted once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING

from agent.accounts import Account
from agent.framing.joining import Position
from agent.gaps import Gaps
from agent.ledger import GapReason
from agent.ranges import Range
from agent.reading import Reading
from agent.sources.journal_entries import is_behind, time_of
from agent.sources.log_file import Layout, LogFile

if TYPE_CHECKING:
    from agent.sources.journald import JournalFollower, JournalReading

OpenJournal = Callable[[str], "JournalFollower"]
"""Opens the journal behind a cursor."""


class Journal:
    """One journal behind a cursor; None opens it where it is not followed. For one thread."""

    def __init__(self, cursor: str, open_journal: OpenJournal | None, gaps: Gaps) -> None:
        self._open, self._gaps = open_journal, gaps
        self._follower: JournalFollower | None = None
        self.cursor = cursor
        """That of the last entry before which everything is stored. For the checkpoint."""
        self._head = self._given = cursor
        """Up to where it was read, with what is in the outbox; and up to where by this process."""
        self.ranges: deque[Range] = deque()
        self._ahead: deque[Range] = deque()
        """Ranges of the last process, which wait for what stands before them to be read."""
        self.account = Account("journal", "", "journal")

    @property
    def followed(self) -> bool:
        return self._open is not None

    @property
    def held(self) -> bool:
        """Whether there is a range that the collector does not take at present."""
        return any(part.held for part in chain(self.ranges, self._ahead))

    @property
    def failure(self) -> str:
        """Why it can't be read at present; empty where it can."""
        return self._follower.failure if self._follower else ""

    @property
    def path(self) -> str:
        return self._follower.path if self._follower else ""

    @property
    def busy(self) -> bool:
        """Whether it has entries that are not stored, as far as anybody knows."""
        if self.ranges or self._open is None:
            return bool(self.ranges)
        if self._ahead or self._given != self._head:
            return True  # something is to be read again
        return self._follower is not None and self._follower.waiting

    def waits(self, time: int) -> bool:
        """Whether there may be entries from before that time that are not stored."""
        if self._open is None:
            return bool(self.ranges)
        if self.busy or self._ahead or self._follower is None:
            return time_of(self.cursor) < time
        return self._follower.given_up_to < time

    def adopt(self, part: Range) -> None:
        """
        A range out of the outbox that the last process read; they come in their order.

        One is passed that is stored already, as the checkpoint says.
        """
        last = self._ahead[-1].cursor if self._ahead else self._head
        if part.cursor_before == last and not self._ahead:
            self._take(part)
        elif part.cursor_before == last or is_behind(part.generation, part.start, self._head):
            self._ahead.append(part)
        else:
            part.passed = True

    def read(self) -> Reading | None:
        """What has come since the last reading. Never waits."""
        if self._open is None or self.held:
            return None
        if self._given != self._head:
            self.close()  # it would give what is ahead, too: it is opened anew behind that
        if self._follower is None:
            self._follower, self._given = self._open(self._head), self._head
        until = self._ahead[0].cursor_before if self._ahead else ""
        reading = self._follower.read(until)
        if reading is not None:
            self._give_up_ahead(time_of(reading.cursor))
        elif not self._follower.waiting:
            self._give_up_ahead(self._follower.given_up_to)
        return None if reading is None else self._begin(reading, self._follower)

    def unread(self, reading: Reading) -> None:
        """It could not be written to the outbox, and is read again."""
        assert self._follower is not None
        self.read_again(reading.range)
        self._given = self._head
        self._follower.put_back()

    def read_again(self, part: Range) -> None:
        """A range is in the outbox no more, those behind it are: they wait until it is read."""
        if not any(each is part for each in self.ranges):
            self._ahead = deque(each for each in self._ahead if each is not part)
            return
        while (each := self.ranges.pop()) is not part:
            self._ahead.appendleft(each)
        self._head = part.cursor_before

    def pass_stored(self) -> list[Range]:
        """Move over the ranges that were answered for, up to the first that was not."""
        passed = []
        while self.ranges and self.ranges[0].answer is not None:
            part = self.ranges.popleft()
            self.cursor, part.passed = part.cursor, True
            if part.missed:
                self._gaps.note(part.file, 0, 0, GapReason.VACUUMED, self.account)
            passed.append(part)
        return passed

    def close(self) -> None:
        """End what reads it; the next reading opens it again."""
        if self._follower is not None:
            self._follower.close()
            self._follower = None

    def _begin(self, reading: JournalReading, follower: JournalFollower) -> Reading:
        container, count = follower.container, len(reading.lines.offsets)
        file = LogFile(
            follower.path, container, compressed=False, layout=Layout.ENTRIES, key="journal/0"
        )
        part = Range(
            *(reading.generation, file, reading.start, Position(reading.end), count, 0, count),
            cursor=reading.cursor,
            cursor_before=self._head,
            missed=reading.missed,
        )
        self._take(part)
        self._given = self._head
        while self._ahead and self._ahead[0].cursor_before == self._head:
            self._take(self._ahead.popleft())
        return Reading(self, part, reading.lines)

    def _take(self, part: Range) -> None:
        self.ranges.append(part)
        self._head = part.cursor

    def _give_up_ahead(self, read_up_to: int) -> None:
        """Ranges ahead are read anew, where reading has come behind them some other way."""
        while self._ahead and time_of(self._ahead[0].cursor) < read_up_to:
            self._ahead.popleft().passed = True
