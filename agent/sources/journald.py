"""
Follow the journal of a node through `journalctl`: what the kubelet, the runtime and the kernel say.

Keeps true: nothing here waits. `journalctl --follow` runs as a child and writes into a pipe, which
is read as far as it has something; while nobody reads, it stands still, so the journal is its own
queue. Reading begins behind a cursor; what is read again has the same place, and so the same ID.

The journal itself deletes its oldest entries. If that of the cursor is gone by the time a child
starts, or when it is read again after it stood still, entries may be missing, and the next reading
says so (`missed`). An entry that is there and only not asked for any more, since the units were
configured anew, is no loss: a second child is asked for it among all that the journal has.

Not told: entries that are deleted just before they would have been read, while reading goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import events
from agent.framing.framed import FramedLines
from agent.sources.journal_child import JournalChild
from agent.sources.journal_entries import Placed, place
from clew.runtime.clock import Clock
from clew.schema.timestamps import SECOND
from clew.wire.batch import Container

NAME = "journal"
AGAIN_AFTER_SECONDS = 5.0
"""How long after a child ended the next one is started."""
SILENT_SECONDS = 1.0
"""So long after an entry was written it has come: journald tells its readers within 250 ms."""
STARTING_SECONDS = 10.0
"""A child that has given nothing yet may still be opening a large journal on a slow disk."""
STALLED_SECONDS = 60.0
"""So long unread, a child may find that what it was to give next is deleted."""


@dataclass(frozen=True, slots=True)
class JournalReading:
    """
    Entries of one series, in order; `start` and `end` are numbers, as offsets are of a file.

    `cursor` is that of the last one. `missed`: the journal deleted entries that stood before them,
    or may have.
    """

    generation: str
    start: int
    end: int
    lines: FramedLines
    cursor: str
    missed: bool


class JournalFollower:
    """
    The journal behind a cursor; all of it where that is empty. Used by one thread at a time.

    `container` and `path` say where its lines are from, and `failure` why it can't be read at
    present.
    """

    def __init__(
        self,
        cursor: str,
        container: Container,
        clock: Clock,
        *,
        matches: Sequence[str] = (),
        directory: Path | None = None,
        program: str = "journalctl",
    ) -> None:
        self.container, self.path = container, f"{directory or NAME}"
        self.failure = ""
        self.given_up_to = 0
        """Every entry from before that time has come, in Unix nanoseconds; 0 is not known."""
        self._clock, self._program = clock, program
        self._directory = ["--directory", str(directory)] if directory else []
        self._matches = matches
        self._cursor = cursor
        self._expected = ""
        """The cursor whose entry has to be the first of the child; empty once there was one."""
        self._lost = False
        """Whether the next entry stands behind some that may be missing."""
        self._pending: deque[Placed] = deque()
        self._given: list[Placed] = []
        self._child: JournalChild | None = None
        self._probe: JournalChild | None = None
        self._doubted = b""
        self._not_before = self._came_at = self._asked_at = float("-inf")

    @property
    def waiting(self) -> bool:
        """Whether something has come that nobody has read, or may be known to be missing soon."""
        return bool(self._pending) or self._probe is not None

    def read(self, until: str = "") -> JournalReading | None:
        """
        What has come since the last reading; None while there is nothing. Never waits.

        No entry behind the one whose cursor is `until` is in the same reading with it.
        """
        if self._probe is not None:
            self._ask(self._probe)
        elif not self._pending:
            self._take_in()
        if self._probe is not None or not self._pending:
            return None
        first = self._pending.popleft()
        entries = self._given = [first]
        last = first
        while self._pending and last.cursor != until and _follows(self._pending[0], last):
            last = self._pending.popleft()
            entries.append(last)
        return JournalReading(
            *(first.generation, first.number, last.number + 1),
            *(_framed(entries), last.cursor, first.missed),
        )

    def put_back(self) -> None:
        """The last reading was not sent: its entries come again."""
        self._pending.extendleft(reversed(self._given))
        self._given = []

    def close(self) -> None:
        """End the children."""
        for child in (self._child, self._probe):
            if child is not None:
                child.end()
        self._child = self._probe = None

    def _take_in(self) -> None:
        now = self._clock.monotonic()
        asked_at, self._asked_at = self._asked_at, now
        if self._child is not None and now - asked_at >= STALLED_SECONDS and self._cursor:
            self._doubt(self._cursor)
            return
        child = self._child or self._start(now)
        if child is None:
            return
        entries = child.read()
        for placed in filter(None, map(place, entries or ())):
            self._take_entry(placed)
        if entries is not None:
            self._came_at = now
        elif child.ended:
            self._ended(child)
        else:
            self._nothing_came(child, now)

    def _nothing_came(self, child: JournalChild, now: float) -> None:
        silent_seconds = now - self._came_at
        if silent_seconds >= (SILENT_SECONDS if child.entries else STARTING_SECONDS):
            self._readable()
            self.given_up_to = self._clock.now() - int(SILENT_SECONDS * SECOND)

    def _take_entry(self, placed: Placed) -> None:
        self._readable()
        self.given_up_to = placed.time
        expected, self._expected = self._expected, ""
        if placed.cursor == expected:
            return
        self._cursor = placed.cursor
        self._pending.append(placed._replace(missed=self._lost))
        self._lost = False
        if expected:
            self._doubt(expected)

    def _doubt(self, cursor: str) -> None:
        """Is its entry still there? Until that is known nothing more is read."""
        self._doubted = cursor.encode()
        try:
            self._probe = JournalChild(self._command("--lines=1", cursor))
        except OSError:
            self._miss()

    def _ask(self, probe: JournalChild) -> None:
        entries = probe.read()
        if not entries and not probe.ended:
            return
        if not entries or entries[0].get("__CURSOR") != self._doubted:
            self._miss()
        probe.end()
        self._probe = None

    def _miss(self) -> None:
        """Before the next entry others may be missing."""
        if self._pending:
            self._pending[0] = self._pending[0]._replace(missed=True)
        else:
            self._lost = True
        events.reading.journal_missed()

    def _start(self, now: float) -> JournalChild | None:
        if now < self._not_before:
            return None
        self._not_before, self._came_at = now + AGAIN_AFTER_SECONDS, now
        # The cursor's own entry is asked for, too: if it does not come, it was deleted.
        self._expected = self._cursor
        command = [*self._command("--lines=all", self._cursor), "--follow", *self._matches]
        try:
            self._child = JournalChild(command)
        except OSError as error:
            self._failed(f"{self._program} can't be started: {error.strerror or error}")
        return self._child

    def _ended(self, child: JournalChild) -> None:
        """The journal can't be read, or somebody killed the child."""
        self._child = None
        said = child.end()
        if self._expected and "cursor" in said:
            # Of another journal, or none: all is read again, and what is stored stays as it is.
            self._cursor = ""
            self._miss()
        self._failed(f"{self._program}: {said}")

    def _command(self, lines: str, cursor: str) -> list[str]:
        since = [f"--cursor={cursor}"] if cursor else []
        return [self._program, "--output=export", "--quiet", lines, *since, *self._directory]

    def _failed(self, why: str) -> None:
        self.failure = why
        events.reading.journal_failed(why)

    def _readable(self) -> None:
        if self.failure:
            self.failure = ""
            events.reading.journal_readable()


def _follows(entry: Placed, before: Placed) -> bool:
    same_series = entry.generation == before.generation and entry.number > before.number
    return same_series and not entry.missed


def _framed(entries: list[Placed]) -> FramedLines:
    return FramedLines(
        [entry.number for entry in entries],
        [entry.time for entry in entries],
        [0] * len(entries),
        [entry.line for entry in entries],
    )


def matches_of(units: Sequence[str], *, kernel: bool) -> list[str]:
    """
    What `journalctl` is to give: the units' own entries, what systemd says of them, the kernel's.
    All entries where nothing is named.
    """
    alternatives = []
    for unit in units:
        name = unit if "." in unit else f"{unit}.service"
        alternatives += [[f"_SYSTEMD_UNIT={name}"], [f"UNIT={name}", "_PID=1"]]
    if kernel and units:
        alternatives.append(["_TRANSPORT=kernel"])
    matches: list[str] = []
    for alternative in alternatives:
        matches += ["+", *alternative] if matches else alternative
    return matches
