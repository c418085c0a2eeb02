"""
The files of a spool: segments that are only ever appended to, read and removed.

Keeps true: bytes are on the disk when `append` returns, or it raises; a segment that an append
failed in is never appended to again. What a failed append left behind is cut off, and where even
that fails it looks like a torn frame at the end of its segment.
"""

from __future__ import annotations

import contextlib
import os
import re
from io import FileIO
from pathlib import Path

from agent.durable import sync_folder

_NAME = re.compile(r"([0-9a-f]{16})\.segment")


class Segments:
    """The segments in a folder that no other process writes to, by number."""

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        """`segment_bytes`: a segment that has become so large is followed by a new one."""
        self._folder, self._segment_bytes = folder, segment_bytes
        self.sizes: dict[int, int] = dict(sorted(_listed(folder)))
        """Number -> bytes, the oldest first."""
        self._file: FileIO | None = None
        self._last = max(self.sizes, default=0)

    @property
    def total_bytes(self) -> int:
        return sum(self.sizes.values())

    @property
    def growing(self) -> int | None:
        """The number of the segment that the next append goes to; None where it begins one."""
        return self._last if self._file is not None else None

    def begin_after(self, number: int) -> None:
        """Numbers up to this one were used before, also where their segments are gone."""
        self._last = max(self._last, number)

    def append(self, data: bytes) -> None:
        """Write and sync. Raises OSError; then nothing was appended."""
        file = self._file or self._begin()
        number, size = self._last, self.sizes[self._last]
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(size)
            self.close()
            if size == 0:
                self.remove(number)
            raise
        self.sizes[number] = size + len(data)
        if self.sizes[number] >= self._segment_bytes:
            self.close()

    def read(self, number: int) -> bytes:
        """What was appended to a segment. Raises OSError."""
        return self.path(number).read_bytes()[: self.sizes[number]]

    def cut(self, number: int, size: int) -> None:
        """Take away what stands behind `size`."""
        # Where it can't be done, `sizes` still says so for this run, and the next one cuts again.
        with contextlib.suppress(OSError):
            os.truncate(self.path(number), size)
        self.sizes[number] = size

    def remove(self, number: int) -> None:
        if number == self.growing:
            self.close()
        del self.sizes[number]
        with contextlib.suppress(OSError):
            self.path(number).unlink()

    def path(self, number: int) -> Path:
        return self._folder / f"{number:016x}.segment"

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> FileIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        number = self._last + 1
        file = FileIO(self.path(number), "x")
        try:
            sync_folder(self._folder)
        except OSError:
            file.close()
            self.path(number).unlink(missing_ok=True)
            raise
        self._file, self._last, self.sizes[number] = file, number, 0
        return file


def _listed(folder: Path) -> list[tuple[int, int]]:
    if not folder.exists():
        return []
    found = ((entry, _NAME.fullmatch(entry.name)) for entry in folder.iterdir())
    return [(int(name[1], 16), entry.stat().st_size) for entry, name in found if name]
