"""
Join the pieces of lines that the runtime cut.

Keeps true: what is joined depends on the bytes of the file alone and not on where a chunk ended, so
that a range which is read again gives the same lines at the same offsets. What is still open at the
end of a range is part of the position in the file, and goes into the checkpoint with it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from clew.schema.line import Flag
from clew.schema.rejection import Reason, Rejection

STDOUT, STDERR = 0, 1
JOINED_BYTES = 2 * 1024 * 1024
"""Pieces are joined up to here, twice what a record can be; a line that goes on becomes several."""


class Framed(NamedTuple):
    """
    One line of the application.

    `offset` is where its first piece begins in the file, `time` the runtime's Unix nanoseconds,
    `pieces` how many physical lines it took.
    """

    offset: int
    time: int
    output: int
    pieces: int
    content: bytes
    flags: int = 0
    rejection: Rejection | None = None


class OpenLine(msgspec.Struct):
    """A line whose last piece has not come yet. `content` is base64 in a checkpoint."""

    offset: int
    time: int
    pieces: int
    content: bytes


class Position(msgspec.Struct):
    """
    A place in a file, and all that reading on from there needs to know.

    `open` has the open line of an output, if there is one. `time` is the runtime's time of the line
    before, for lines that have none of their own.
    """

    offset: int = 0
    time: int = 0
    open: dict[int, OpenLine] = {}

    @property
    def pieces_open(self) -> int:
        return sum(line.pieces for line in self.open.values())

    def copy(self) -> Position:
        return Position(
            self.offset,
            self.time,
            {
                output: OpenLine(line.offset, line.time, line.pieces, line.content)
                for output, line in self.open.items()
            },
        )


def add_piece(
    position: Position, output: int, time: int, content: bytes, *, last: bool
) -> Framed | None:
    """
    Take in the piece that stands at `position.offset`; the line, if this was its last piece.

    Does not move the offset.
    """
    line = position.open.get(output)
    if line is None:
        line = position.open[output] = OpenLine(position.offset, time, 0, b"")
    line.pieces += 1
    line.content += content
    if not last and len(line.content) < JOINED_BYTES:
        return None
    del position.open[output]
    return Framed(line.offset, line.time, output, line.pieces, line.content)


def close_unfinished(position: Position, output: int) -> Framed:
    """Give up waiting for the rest of an open line."""
    line = position.open.pop(output)
    return Framed(line.offset, line.time, output, line.pieces, line.content, flags=Flag.UNFINISHED)


def bad_frame(position: Position, content: bytes, detail: str) -> Framed:
    """A physical line that no container runtime writes, at `position.offset`."""
    rejection = Rejection(Reason.BAD_FRAMING, detail=detail)
    return Framed(position.offset, position.time, STDOUT, 1, content, rejection=rejection)
