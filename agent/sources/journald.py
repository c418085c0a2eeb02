"""
Follow the journal of a node through `journalctl`: what the kubelet, the runtime and the kernel say.

Keeps true: nothing here waits. `journalctl --follow` runs as a child and writes into a pipe, which
is read as far as it has something; while nobody reads, it stands still, so the journal is its own
queue. What is remembered is a cursor, that of the last entry of which all before are stored. A
crash goes on there, and an entry that is read again has the same place, and so the same ID.

The journal itself deletes its oldest entries. If the cursor's is gone by the time a child starts,
entries may be missing: `missed` counts how often.
"""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from agent import events
from agent.framing.framed import FramedLines
from agent.sources.journal_entries import WANTED, Placed, place
from agent.sources.journal_export import ExportParser
from clew.runtime.clock import Clock
from clew.wire.batch import Container

NAME = "journal"
READ_BYTES = 256 * 1024
"""Of one reading: a few hundred entries."""
AGAIN_AFTER_SECONDS = 5.0
"""How long after a child ended the next one is started."""
ERROR_BYTES = 4096
END_SECONDS = 2.0


class JournalProgress(msgspec.Struct):
    """Up to which entry, itself included, everything is stored. Part of the checkpoint."""

    cursor: str = ""


@dataclass(slots=True, eq=False)
class JournalReading:
    """Entries of one series, in order; `start` and `end` are numbers, as offsets are of a file."""

    generation: str
    start: int
    end: int
    lines: FramedLines
    cursor: str
    entries: list[Placed] = field(default_factory=list, repr=False)
    stored: bool = False


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    parser: ExportParser = field(default_factory=lambda: ExportParser(WANTED))
    errors: bytes = b""
    entries: int = 0


class JournalFollower:
    """
    The journal, from where it was stored. Used by one thread at a time.

    `read`, `stored` and `progress` are what a file's follower has; `container` and `path` say
    where its lines are from, and `failure` why it can't be read at present.
    """

    def __init__(
        self,
        progress: JournalProgress,
        container: Container,
        clock: Clock,
        *,
        matches: Sequence[str] = (),
        directory: Path | None = None,
        program: str = "journalctl",
    ) -> None:
        self.container, self.path = container, f"{directory or NAME}"
        self.failure = ""
        self.missed = 0
        self._clock, self._program = clock, program
        self._arguments = [*(["--directory", str(directory)] if directory else []), *matches]
        self._stored_cursor = self._read_cursor = progress.cursor
        self._pending: deque[Placed] = deque()
        self._on_the_way: deque[JournalReading] = deque()
        self._child: _Child | None = None
        self._not_before = float("-inf")

    def read(self) -> JournalReading | None:
        """What has come since the last reading; None while there is nothing. Never waits."""
        if not self._pending:
            self._take_in()
        if not self._pending:
            return None
        first = self._pending[0]
        entries = [self._pending.popleft()]
        while self._pending and _follows(self._pending[0], entries[-1]):
            entries.append(self._pending.popleft())
        reading = JournalReading(
            first.generation,
            first.number,
            entries[-1].number + 1,
            _framed(entries),
            entries[-1].cursor,
            entries,
        )
        self._on_the_way.append(reading)
        return reading

    def put_back(self, reading: JournalReading) -> None:
        """The newest reading was not sent: its entries come again."""
        self._on_the_way.remove(reading)
        self._pending.extendleft(reversed(reading.entries))

    def adopt(self, generation: str, start: int, end: int, cursor: str) -> JournalReading:
        """What was on the way before this process began; reading goes on behind it."""
        reading = JournalReading(generation, start, end, FramedLines(), cursor)
        self._on_the_way.append(reading)
        self._read_cursor = cursor
        return reading

    def stored(self, reading: JournalReading) -> None:
        """Everything of a reading is stored for good; those before it may not be yet."""
        reading.stored = True
        while self._on_the_way and self._on_the_way[0].stored:
            self._stored_cursor = self._on_the_way.popleft().cursor

    def progress(self) -> JournalProgress:
        return JournalProgress(self._stored_cursor)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            _end(self._child.process)
            self._child = None

    def _take_in(self) -> None:
        if self._child is None:
            self._start()
        child = self._child
        if child is None:
            return
        data = _read(child.process.stdout, READ_BYTES)
        child.errors = (child.errors + (_read(child.process.stderr, ERROR_BYTES) or b""))[
            -ERROR_BYTES:
        ]
        for entry in child.parser.feed(data or b""):
            placed = place(entry)
            if placed is not None:
                self._take_entry(child, placed)
        if data == b"":
            self._ended(child)

    def _take_entry(self, child: _Child, placed: Placed) -> None:
        child.entries += 1
        if child.entries == 1 and self._read_cursor:
            if placed.cursor == self._read_cursor:
                return
            self.missed += 1
            events.journal_missed()
        if self.failure:
            self.failure = ""
            events.journal_readable()
        self._read_cursor = placed.cursor
        self._pending.append(placed)

    def _start(self) -> None:
        now = self._clock.monotonic()
        if now < self._not_before:
            return
        self._not_before = now + AGAIN_AFTER_SECONDS
        # The cursor's own entry is asked for, too: if it does not come, it was deleted.
        since = [f"--cursor={self._read_cursor}"] if self._read_cursor else []
        command = [
            *(self._program, "--output=export", "--follow", "--lines=all", "--quiet"),
            *(*since, *self._arguments),
        ]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            self._failed(f"{self._program} can't be started: {error.strerror or error}")
            return
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        self._child = _Child(process)

    def _ended(self, child: _Child) -> None:
        """The child closed its output: the journal can't be read, or somebody killed it."""
        self._child = None
        _end(child.process)
        text = child.errors.decode(errors="backslashreplace").strip().splitlines()
        said = text[-1] if text else f"it ended with {child.process.returncode}"
        if self._read_cursor and "cursor" in said and not child.entries:
            # Of another journal, or none: all is read again, and what is stored stays as it is.
            self._read_cursor = ""
            self.missed += 1
            events.journal_missed()
        self._failed(f"{self._program}: {said}")

    def _failed(self, why: str) -> None:
        self.failure = why
        events.journal_failed(why)


def _follows(entry: Placed, before: Placed) -> bool:
    return entry.generation == before.generation and entry.number > before.number


def _framed(entries: list[Placed]) -> FramedLines:
    return FramedLines(
        [entry.number for entry in entries],
        [entry.time for entry in entries],
        [0] * len(entries),
        [entry.line for entry in entries],
    )


def _read(pipe: object, size: int) -> bytes | None:
    """What a pipe has, up to a size; nothing at its end, None where nothing has come yet."""
    try:
        return os.read(pipe.fileno(), size)  # type: ignore[attr-defined]
    except BlockingIOError:
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    with process:  # closes the pipes, and waits
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


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
