"""
Write a container's output the way containerd does.

    <RFC 3339 time> <stdout|stderr> <P|F> <content> newline

A line longer than 16 KiB is cut into pieces: P, P, ..., F. The two streams share the file, so
their pieces interleave, but within a stream the order stands. What a stream leaves without a
newline at its end is a P that no F follows. Each piece has the time at which it was written.

The rules are those of containerd's internal/cri/io/logger.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import format_rfc3339

PIECE_BYTES = 16 * 1024
"""containerd's default max_container_log_line_size."""

Stream = Literal["stdout", "stderr"]
Piece = tuple[Literal["P", "F"], bytes]


def format_runtime_time(nanoseconds: int) -> str:
    """Go's RFC3339Nano: the zeros that end the fraction are left out, and so is a lone point."""
    return format_rfc3339(nanoseconds)[:-1].rstrip("0").rstrip(".") + "Z"


class Framer:
    """Bytes of one stream -> its pieces, however the bytes were cut on their way."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Piece]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from _cut(line.removesuffix(b"\r"), "F")
        # One byte more may be the \r of a \r\n, which belongs to no piece.
        while len(self._rest) > PIECE_BYTES + 1:
            piece, self._rest = self._rest[:PIECE_BYTES], self._rest[PIECE_BYTES:]
            yield "P", piece

    def end(self) -> Iterator[Piece]:
        """What the stream left unfinished."""
        rest, self._rest = self._rest, b""
        if rest:
            yield from _cut(rest, "P")


def _cut(line: bytes, last: Literal["P", "F"]) -> Iterator[Piece]:
    while len(line) > PIECE_BYTES:
        yield "P", line[:PIECE_BYTES]
        line = line[PIECE_BYTES:]
    yield last, line


class ContainerLog:
    """
    The log file of one life of a container. Raises OSError where it can't be opened.

    A write that fails is left out without a word, as containerd does: it drains the container
    whatever becomes of the disk.
    """

    def __init__(self, path: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        self.path = path
        self._clock = clock
        self._framers: dict[Stream, Framer] = {"stdout": Framer(), "stderr": Framer()}
        self._file = _open(path)

    def write(self, stream: Stream, data: bytes) -> None:
        self._append(stream, self._framers[stream].feed(data))

    def end(self, stream: Stream) -> None:
        """The container closed this stream."""
        self._append(stream, self._framers[stream].end())

    def size_bytes(self) -> int:
        return os.fstat(self._file).st_size

    def reopen(self) -> None:
        """Go on in a new file under the same name, after the kubelet renamed the old one."""
        fresh = _open(self.path)
        os.close(self._file)
        self._file = fresh

    def close(self) -> None:
        os.close(self._file)

    def _append(self, stream: Stream, pieces: Iterator[Piece]) -> None:
        for tag, content in pieces:
            head = f"{format_runtime_time(self._clock.now())} {stream} {tag} ".encode()
            with suppress(OSError):
                os.write(self._file, head + content + b"\n")


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
