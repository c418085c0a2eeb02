"""
Read log files, plain or gzipped, by offsets in what the runtime wrote.

A file is named by its first line (`clew.schema.document.generation`), so the same bytes have the
same name and offsets under every path, and before and after the kubelet compresses them.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from agent.tree import LogFile
from clew.schema.document import FIRST_LINE_BYTES, generation


class Head(NamedTuple):
    """What the beginning of a file says of it."""

    generation: str
    first_line: bytes


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
    with open_log(file) as opened, _damage_as_os_error():
        head = _head(file, opened)
        return head and Sighting(head.generation, opened.seek(0, os.SEEK_END))


def open_log(file: LogFile) -> BinaryIO:
    """Raises OSError, also for a gzip that is none as soon as it is read."""
    path = Path(file.path)
    return gzip.open(path, "rb") if file.compressed else path.open("rb")  # type: ignore[return-value]


def read_range(file: LogFile, name: str, start: int, length: int) -> tuple[Head, bytes]:
    """
    Up to `length` bytes from `start` on, and the head of the file they are from. Raises OSError,
    or FileChangedError if the file that stands there is not `name`.
    """
    with open_log(file) as opened, _damage_as_os_error():
        head = _head(file, opened)
        if head is None or head.generation != name:
            raise FileChangedError(file.path)
        opened.seek(start)
        return head, opened.read(length)


@contextmanager
def _damage_as_os_error() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip: {error}") from error


def _head(file: LogFile, opened: BinaryIO) -> Head | None:
    start = opened.read(FIRST_LINE_BYTES)
    line, newline, _ = start.partition(b"\n")
    if not newline and len(start) < FIRST_LINE_BYTES:
        return None
    return Head(generation(file.container_key, line), line)
