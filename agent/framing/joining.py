"""
Join the pieces of lines that the runtime cut.

Keeps true: what is joined depends on the bytes of the file alone and not on where a chunk ended, so
that a range which is read again gives the same lines at the same offsets. What is still open at the
end of a range is part of the position in the file, and goes into the checkpoint with it.

What is joined is bounded. A line beyond it becomes several, all of them for the quarantine; each
tells which bytes it is of which line:

    | piece | piece | ... piece | piece | ... piece |
    '---------- JOINED_BYTES ---'--- the last of ---'
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec

from agent.framing.framed import FramedLines, Oddity, Origin
from agent.framing.open_group import OpenGroups
from clew.schema.line import Flag
from clew.schema.rejection import Reason, Rejection

STDOUT, STDERR = 0, 1
JOINED_BYTES = 8 * 1024 * 1024
"""Pieces are joined up to here, as large as a batch may be; a line that goes on becomes several."""


class Framed(NamedTuple):
    """
    One line of the application.

    `offset` is where its first piece begins in the file, or in the earlier one of `origin`; `time`
    the runtime's Unix nanoseconds, `pieces` how many physical lines it took.
    """

    offset: int
    time: int
    output: int
    pieces: int
    content: bytes
    flags: int = 0
    rejection: Rejection | None = None
    origin: Origin | None = None


class OpenLine(msgspec.Struct):
    """
    A line whose last piece has not come yet, or what there is of it behind `before` bytes that were
    too many and went ahead; then it begins at `begins`. `content` is base64 in a checkpoint.
    `offset` is one of the file of `origin`, where it began in an earlier one, and `begins` one of
    the file of `begins_in`.
    """

    offset: int
    time: int
    pieces: int
    content: bytearray
    begins: int = 0
    before: int = 0
    origin: Origin | None = None
    begins_in: Origin | None = None

    def copy(self) -> OpenLine:
        return msgspec.structs.replace(self, content=self.content.copy())

    def carried_from(self, file: Origin) -> OpenLine:
        """The same as the file after this one has it."""
        begins_in = self.begins_in or (file if self.before else None)
        return msgspec.structs.replace(self, origin=self.origin or file, begins_in=begins_in)

    @property
    def beginning(self) -> tuple[int, Origin | None]:
        """Where the whole line begins, and in which file, if that is an earlier one."""
        return (self.begins, self.begins_in) if self.before else (self.offset, self.origin)


class Tail(NamedTuple):
    """The bytes before a place, to tell whether they still stand there: none are always there."""

    size_bytes: int = 0
    checksum: int = 0


TAIL_BYTES = 1024
"""Long enough to have a runtime's time in it, by which lines differ that say the same."""


def tail_of(content: bytes) -> Tail:
    end = content[-TAIL_BYTES:]
    return Tail(len(end), zlib.crc32(end))


class Position(msgspec.Struct):
    """
    A place in a file, and all that reading on from there needs to know.

    `open` has the open line of an output, if there is one, `groups` the lines that the next one may
    go on with. `time` is the runtime's time of the line before, for lines that have none of their
    own. `tail` is what was read last. Offsets count all that was ever read: in a file of which read
    lines were cut off, what comes next stands `cut_bytes` nearer to its beginning.
    """

    offset: int = 0
    time: int = 0
    open: dict[int, OpenLine] = {}
    groups: OpenGroups = {}
    tail: Tail = Tail()
    cut_bytes: int = 0

    @property
    def pieces_open(self) -> int:
        lines = sum(line.pieces for line in self.open.values())
        return lines + sum(group.pieces_open for group in self.groups.values())

    def carried_from(self, file: Origin) -> Position:
        """The beginning of the file after this one, which goes on with what is open here."""
        return Position(
            open={output: line.carried_from(file) for output, line in self.open.items()},
            groups={output: group.carried_from(file) for output, group in self.groups.items()},
        )

    @property
    def is_open(self) -> bool:
        """Whether something was read that no record was made of yet."""
        return bool(self.open or self.groups)

    def copy(self) -> Position:
        return Position(
            self.offset,
            self.time,
            {output: line.copy() for output, line in self.open.items()},
            {output: group.copy() for output, group in self.groups.items()},
            self.tail,
            self.cut_bytes,
        )

    def further(self, offset: int) -> Position:
        """A place behind it, where nothing is open."""
        return Position(offset, self.time, cut_bytes=self.cut_bytes)


class AddPiece(Protocol):
    """How a runtime's pieces are joined; see `add_piece`."""

    def __call__(
        self, position: Position, output: int, time: int, content: bytes, *, last: bool
    ) -> list[Framed]: ...


def add_piece(
    position: Position, output: int, time: int, content: bytes, *, last: bool
) -> list[Framed]:
    """
    Take in the piece that stands at `position.offset`; the line, if this was its last piece, and
    before it what is too much to be joined with this piece.

    Does not move the offset.
    """
    lines: list[Framed] = []
    line = position.open.get(output)
    if line is None:
        line = position.open[output] = OpenLine(position.offset, time, 0, bytearray())
    elif len(line.content) >= JOINED_BYTES:
        lines.append(_framed(line, output, "and goes on"))
        begins, begins_in = line.beginning
        before = line.before + len(line.content)
        line = OpenLine(position.offset, time, 0, bytearray(), begins, before, begins_in=begins_in)
        position.open[output] = line
    line.pieces += 1
    line.content += content
    if last:
        del position.open[output]
        lines.append(_framed(line, output, "its last" if line.before else ""))
    return lines


def join(rows: FramedLines, lasts: bytes, position: Position, add: AddPiece) -> FramedLines:
    """
    The lines that end in these physical lines; `lasts` is 0 where a row is but a piece.

    Only rows while a line is open are looked at one by one. Leaves `position` at the last of them.
    """
    lines = FramedLines()
    count, place = len(lasts), 0
    while place < count:
        if not position.open:
            piece = lasts.find(0, place)
            whole = slice(place, piece if piece >= 0 else count)
            _extend(lines, rows, whole)
            place = whole.stop
            if place == count:
                break
        position.offset = rows.offsets[place]
        put(
            lines,
            add(
                position,
                rows.outputs[place],
                rows.times[place],
                rows.contents[place],
                last=lasts[place] == 1,
            ),
        )
        place += 1
    return lines


def _extend(lines: FramedLines, rows: FramedLines, places: slice) -> None:
    lines.offsets += rows.offsets[places]
    lines.times += rows.times[places]
    lines.outputs += rows.outputs[places]
    lines.contents += rows.contents[places]


def columns_of(framed: Iterable[Framed]) -> FramedLines:
    lines = FramedLines()
    put(lines, framed)
    return lines


def put(lines: FramedLines, framed: Iterable[Framed]) -> None:
    """Add lines at the end of the columns."""
    for line in framed:
        if line.pieces != 1 or line.flags or line.rejection or line.origin:
            oddity = Oddity(line.pieces, line.flags, line.rejection, line.origin)
            lines.odd[len(lines.offsets)] = oddity
        lines.offsets.append(line.offset)
        lines.times.append(line.time)
        lines.outputs.append(line.output)
        lines.contents.append(line.content)


def close_unfinished(position: Position, output: int) -> Framed:
    """Give up waiting for the rest of an open line."""
    line = position.open.pop(output)
    framed = _framed(line, output, "its end never came" if line.before else "")
    return framed._replace(flags=Flag.UNFINISHED)


def _framed(line: OpenLine, output: int, part: str) -> Framed:
    """The line; or with how it goes on, the part of a line of which nobody can make a record."""
    content, rejection = bytes(line.content), None
    if part:
        first, last = line.before + 1, line.before + len(content)
        begins, begins_in = line.beginning
        where = f"offset {begins} of {begins_in.path}" if begins_in else f"offset {begins}"
        detail = f"bytes {first} to {last} of the line that begins at {where}, {part}"
        rejection = Rejection(Reason.TOO_LONG, detail=detail)
    place = (line.offset, line.time, output, line.pieces)
    return Framed(*place, content, rejection=rejection, origin=line.origin)


def bad_frame(position: Position, content: bytes, detail: str) -> Framed:
    """A physical line that no container runtime writes, at `position.offset`."""
    rejection = Rejection(Reason.BAD_FRAMING, detail=detail)
    return Framed(position.offset, position.time, STDOUT, 1, content, rejection=rejection)
