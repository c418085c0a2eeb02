"""
Log files, plain or gzipped, read by offsets in what the runtime wrote.

A file is named by its first line (`clew.schema.document.generation`), so the same bytes have the
same name and offsets under every path, and before and after the kubelet compresses them.

Keeps true: nothing is read out of a file that is another one by now. A file that was emptied and
written anew under an open descriptor shows it in its first line, which is looked at before each
read.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple

from agent.framing.joining import Tail, tail_of
from agent.sources.log_file import LogFile
from agent.sources.opening import open_beneath
from clew.schema.document import FIRST_LINE_BYTES, generation


class Sighting(NamedTuple):
    """Which file stands under a path, and how many bytes it has, uncompressed."""

    generation: str
    size: int


class FileChangedError(Exception):
    """Another file stands under this path than the one that was followed there."""


def look_at(file: LogFile) -> Sighting | None:
    """
    What is under a path, or None while its first line is not complete. Raises OSError.

    A compressed file is read through: the size in its last bytes is that of its last member only,
    and says nothing of damage.
    """
    with _open(file) as plain, damage_as_os_error():
        opened = _unpacked(plain) if file.compressed else plain
        first_line = _first_line(opened.read(FIRST_LINE_BYTES))
        if first_line is None:
            return None
        name = generation(file.container_key, first_line)
        return Sighting(name, opened.seek(0, os.SEEK_END))


Holds = Callable[[str, os.stat_result], bool]
"""Whether a file of this status is a generation, where the first line does not say it."""


class OpenedLog:
    """A log file that stays open: it is read to its end whatever becomes of its names."""

    def __init__(self, file: LogFile, name: str, holds: Holds | None = None) -> None:
        """
        `holds` is for plain files.

        Raises OSError, and FileChangedError where the file that stands there is not `name`.
        """
        self._file = _open(file)
        self._path, self._compressed = file.path, file.compressed
        self._name, self._holds = name, holds
        self.cut_bytes = 0
        """So much nearer to the beginning of the file stands what is asked for."""
        self._gzip: BinaryIO | None = None
        try:
            self.first_line = self._meet(file.container_key)
        except BaseException:
            self._file.close()
            raise

    def read(self, start: int, length: int) -> bytes:
        """Up to so many bytes from `start` on. Raises OSError, and FileChangedError."""
        return self.read_there(start - self.cut_bytes, length)

    def read_there(self, place: int, length: int) -> bytes:
        """As `read`, from a place in the file as it is now."""
        with damage_as_os_error():
            if self._compressed:
                return self._read_unpacked(place, length)
            self.check()
            return _pread(self._file.fileno(), place, length)

    def has(self, tail: Tail, end: int) -> bool:
        """Whether this is what stands before `end`. Raises as `read`."""
        if not tail.size_bytes:
            self.check()
            return True
        return tail == tail_of(self.read(end - tail.size_bytes, tail.size_bytes))

    def status(self) -> os.stat_result:
        """Of the file as it stands on the disk; one that was deleted has no links."""
        return os.fstat(self._file.fileno())

    @property
    def size(self) -> int:
        """Up to where it can be read, of a file that `grows`."""
        return self.status().st_size + self.cut_bytes

    @property
    def grows(self) -> bool:
        """Whether the size on the disk is that of the content."""
        return not self._compressed

    def close(self) -> None:
        with suppress(OSError):  # nothing was written to it that could be lost by now
            self._file.close()

    def __del__(self) -> None:
        # A follower is dropped in many places, its file in this one.
        with suppress(AttributeError):  # it was never opened
            self.close()

    def _meet(self, container_key: str) -> bytes:
        if self._holds is not None:
            self._check_held(self._holds)
            return b""
        with damage_as_os_error():
            opened = _unpacked(self._file) if self._compressed else self._file
            first_line = _first_line(opened.read(FIRST_LINE_BYTES))
        if first_line is None or generation(container_key, first_line) != self._name:
            raise FileChangedError(self._path)
        return first_line

    def _read_unpacked(self, start: int, length: int) -> bytes:
        # What unpacks takes some 50 KiB: only while it is read, since many files are kept open.
        opened, self._gzip = self._gzip or _unpacked(self._file), None  # a failure begins anew
        opened.seek(start)
        content = opened.read(length)
        if len(content) == length:
            self._gzip = opened
        return content

    def _check_held(self, holds: Holds) -> None:
        if not holds(self._name, self.status()):
            raise FileChangedError(self._path)

    def check(self) -> None:
        """Raises FileChangedError where another file was written over this one, and OSError."""
        if self._holds is not None:
            self._check_held(self._holds)
            return
        if self._compressed:
            return
        begins = self.first_line
        if len(begins) < FIRST_LINE_BYTES:
            begins += b"\n"  # else what was cut off in it, and is written on, would begin alike
        if os.pread(self._file.fileno(), len(begins), 0) != begins:
            raise FileChangedError(self._path)


def _pread(descriptor: int, start: int, length: int) -> bytes:
    content = os.pread(descriptor, length, start)
    if not content or len(content) == length:
        return content
    # A read may come back with less than there is; that the file ends here, only an empty one says.
    parts, taken = [content], len(content)
    while taken < length and (content := os.pread(descriptor, length - taken, start + taken)):
        parts.append(content)
        taken += len(content)
    return b"".join(parts)


def _open(file: LogFile) -> BinaryIO:
    """Raises OSError."""
    descriptor = open_beneath(file.root, file.path, file.link_roots)
    return os.fdopen(descriptor, "rb", buffering=0)


def _unpacked(plain: BinaryIO) -> BinaryIO:
    """A file that is no gzip raises OSError as soon as it is read."""
    plain.seek(0)
    return gzip.GzipFile(fileobj=plain, mode="rb")  # type: ignore[return-value]


@contextmanager
def damage_as_os_error() -> Iterator[None]:
    """What else a damaged gzip raises becomes an OSError."""
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip: {error}") from error


def _first_line(start: bytes) -> bytes | None:
    line, newline, _ = start.partition(b"\n")
    return line if newline or len(start) >= FIRST_LINE_BYTES else None
