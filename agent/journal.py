"""
The node's journal among the followed files: its readings go into the same batches.

Keeps true: what was in flight when the last process ended is in the outbox, and is not read again;
the cursor in the checkpoint moves over what is stored, in order. An entry's place is its number in
the journal, so bytes are not counted: ranges of the journal are of no size.
"""

from __future__ import annotations

from agent.accounts import Account
from agent.follower import Reading
from agent.framing.joining import Position
from agent.ranges import Range
from agent.sources.journald import JournalFollower, JournalReading
from agent.sources.log_file import Layout, LogFile


class Journal:
    """One journal. Used by one thread at a time."""

    def __init__(self, follower: JournalFollower) -> None:
        container = follower.container
        self._follower = follower
        self._file = LogFile(
            follower.path, container, compressed=False, layout=Layout.ENTRIES, key="journal/0"
        )
        self.account = Account(container.namespace, container.pod, container.name)
        self._in_flight: dict[tuple[str, int], JournalReading] = {}
        self.held = False
        """Whether the collector does not take its entries at present."""

    @property
    def failure(self) -> str:
        """Why it can't be read at present; empty where it can."""
        return self._follower.failure

    @property
    def path(self) -> str:
        return self._follower.path

    @property
    def cursor(self) -> str:
        """For the checkpoint."""
        return self._follower.progress().cursor

    @property
    def busy(self) -> bool:
        return bool(self._in_flight)

    def read(self) -> Reading | None:
        """What has come since the last reading. Never waits."""
        if self.held:
            return None
        reading = self._follower.read()
        if reading is None:
            return None
        self._in_flight[reading.generation, reading.start] = reading
        count = len(reading.lines.offsets)
        part = Range(
            reading.generation,
            self._file,
            reading.start,
            Position(reading.end),
            count,
            0,
            count,
            cursor=reading.cursor,
        )
        return Reading(self, part, reading.lines, Position(reading.start))

    def adopt(self, part: Range) -> None:
        """A range that was in flight when the last process ended, out of the outbox."""
        reading = self._follower.adopt(part.generation, part.start, part.after.offset, part.cursor)
        self._in_flight[part.generation, part.start] = reading

    def unread(self, reading: Reading) -> None:
        """It could not be written to the outbox, and is read again."""
        part = reading.range
        self._follower.put_back(self._in_flight.pop((part.generation, part.start)))

    def stored(self, part: Range) -> None:
        """A range is stored for good."""
        part.passed, self.held = True, False
        reading = self._in_flight.pop((part.generation, part.start), None)
        if reading is not None:
            self._follower.stored(reading)

    def close(self) -> None:
        self._follower.close()
