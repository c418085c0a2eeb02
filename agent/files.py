"""
Read log files, plain or gzipped, by offsets in what the runtime wrote.

A file is named by its first line (`clew.schema.document.generation`), so the same bytes have the
same name and offsets under every path, and before and after the kubelet compresses them.
"""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from agent.tree import LogFile
from clew.schema.document import FIRST_LINE_BYTES, generation


class Head(NamedTuple):
    """What the beginning of a file says of it."""

    generation: str
    first_line: bytes


class FileChangedError(Exception):
    """Another file stands under this path than the one that was followed there."""


def read_head(file: LogFile) -> Head | None:
    """The name of a file, or None while its first line is not complete. Raises OSError."""
    with open_log(file) as opened:
        return _head(file, opened)


def open_log(file: LogFile) -> BinaryIO:
    """Raises OSError, also for a gzip that is none as soon as it is read."""
    path = Path(file.path)
    return gzip.open(path, "rb") if file.compressed else path.open("rb", buffering=0)  # type: ignore[return-value]


def read_range(file: LogFile, name: str, start: int, length: int) -> bytes:
    """
    Up to `length` bytes from `start` on. Raises OSError, or FileChangedError if the file that
    stands there is not `name`.
    """
    with open_log(file) as opened:
        head = _head(file, opened)
        if head is None or head.generation != name:
            raise FileChangedError(file.path)
        try:
            opened.seek(start)
            return _read(opened, length)
        except (EOFError, zlib.error) as error:
            raise OSError(f"damaged gzip: {error}") from error


def size(file: LogFile) -> int:
    """Bytes in a file, uncompressed. Raises OSError."""
    if not file.compressed:
        return Path(file.path).stat().st_size
    with Path(file.path).open("rb") as opened:
        # The last four bytes of a gzip are the size of what it holds. The kubelet's files are
        # some MiB; beyond 4 GiB the number would have wrapped.
        opened.seek(-4, os.SEEK_END)
        return int.from_bytes(opened.read(4), "little")


def _head(file: LogFile, opened: BinaryIO) -> Head | None:
    try:
        start = _read(opened, FIRST_LINE_BYTES)
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip: {error}") from error
    line, newline, _ = start.partition(b"\n")
    if not newline and len(start) < FIRST_LINE_BYTES:
        return None
    return Head(generation(file.container_key, line), line)


def _read(opened: BinaryIO, length: int) -> bytes:
    """As much as there is, up to a length: one read of an unbuffered file may give less."""
    parts: list[bytes] = []
    while length > 0:
        part = opened.read(length)
        if not part:
            break
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
