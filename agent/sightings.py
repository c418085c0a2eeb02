"""
What stands under each path of a runtime's log, read only where it may have changed since the look
before.

Keeps true: as long as a path has the same inode, size and date, it is not opened. Of compressed
files that holds over a restart: how many bytes one has is told by unpacking it to its end, and a
node has hundreds of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from agent.files import Sighting, look_at
from agent.sources.listing import why_dangling
from agent.sources.log_file import LogFile


class Stamp(NamedTuple):
    """As long as nothing of this changes under a path, the same file stands there."""

    device: int
    inode: int
    bytes: int
    modified: int


Seen = tuple[Stamp, Sighting]
"""What stood under a path, and which file that was."""


class Sightings:
    """Of one look and the one before. Used by one thread at a time."""

    def __init__(self, packed: Mapping[str, Seen]) -> None:
        """`packed` are the compressed files that the last process saw."""
        self.begun: dict[str, int] = {}
        """Files without a whole line so far, which have no generation; path -> bytes."""
        self.waiting: list[LogFile] = []
        """The same files, with those that are empty."""
        self.written: set[str] = set()
        """Paths under which something was done since the look before."""
        self.packed = dict(packed)
        """Compressed files by path, as of the last look."""
        self._stamps = dict(packed)
        self._before: dict[str, Seen] = {}

    def __len__(self) -> int:
        return len(self._stamps)

    def begin(self) -> None:
        """A look begins."""
        self._before, self._stamps, self.packed = self._stamps, {}, {}
        self.begun, self.waiting, self.written = {}, [], set()

    def end(self) -> None:
        """A look is through: what it did not see is forgotten."""
        self._before = {}

    def look_at(self, file: LogFile) -> Sighting | None:
        """What a file is; None while it has no whole line. Raises OSError."""
        status = _status(file.path)
        if not S_ISREG(status.st_mode):
            raise OSError("not a regular file")  # a pipe would hold us up for ever
        stamp = Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._before.get(file.path)
        if known and known[0] == stamp:
            self._keep(file, known)
            return known[1]
        sighting = look_at(file)
        self.written.add(file.path)
        if sighting is not None:
            self._keep(file, (stamp, sighting))
            return sighting
        self.waiting.append(file)
        if status.st_size and not file.compressed:
            self.begun[file.path] = status.st_size
        return None

    def forget(self, path: str) -> None:
        """Look at this file again: it turned out to be another one."""
        self._stamps.pop(path, None)
        self.packed.pop(path, None)

    def _keep(self, file: LogFile, seen: Seen) -> None:
        self._stamps[file.path] = seen
        if file.compressed:
            self.packed[file.path] = seen


def _status(path: str) -> os.stat_result:
    """Raises FileNotFoundError for what is gone, and OSError for a link to what is not there."""
    try:
        return os.stat(path)  # noqa: PTH116 - of every file at every look
    except FileNotFoundError:
        if why := why_dangling(Path(path)):
            raise OSError(why) from None
        raise
