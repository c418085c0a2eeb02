"""
`journalctl` as a child, whose output is read as far as it has come.

Keeps true: only `end` waits, and no longer than END_SECONDS. While nobody reads, the pipe is full
and the child stands still, so nothing of the journal is in memory but what was asked for last.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import IO

from agent.sources.journal_entries import WANTED
from agent.sources.journal_export import Entry, ExportParser

READ_BYTES = 256 * 1024
"""Of one reading: a few hundred entries."""
ERROR_BYTES = 4096
END_SECONDS = 2.0


class JournalChild:
    """One run of `journalctl -o export`. Raises OSError where it can't be started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._output, self._errors = self._process.stdout, self._process.stderr
        for pipe in (self._output, self._errors):
            os.set_blocking(pipe.fileno(), False)
        self._parser = ExportParser(WANTED)
        self._complaint = b""
        self.entries = 0
        """How many it gave so far."""
        self.ended = False
        """Whether it closed its output: the journal can't be read, or somebody killed it."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self) -> list[Entry] | None:
        """The entries that are complete by now; None where nothing came at all."""
        data = _read(self._output, READ_BYTES)
        self._complaint = (self._complaint + (_read(self._errors, ERROR_BYTES) or b""))[
            -ERROR_BYTES:
        ]
        self.ended = data == b""
        if not data:
            return None
        entries = self._parser.feed(data)
        self.entries += len(entries)
        return entries

    def end(self) -> str:
        """Bury it; what it said last, or how it ended."""
        with self._process:  # closes the pipes, and waits
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        lines = self._complaint.decode(errors="backslashreplace").strip().splitlines()
        return lines[-1] if lines else f"it ended with {self._process.returncode}"


def _read(pipe: IO[bytes], size: int) -> bytes | None:
    """What a pipe has, up to a size; nothing at its end, None where nothing has come yet."""
    try:
        return os.read(pipe.fileno(), size)
    except BlockingIOError:
        return None
