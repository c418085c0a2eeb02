"""
Follow one file of a container to its end.

Keeps true: the position moves only when the bytes before it are stored for good. What is read
behind the position is planned first, and a plan is sent until it is stored, never changed.

A file is followed under whatever name it has at the moment; it is known by its generation. After a
crash the follower continues from the checkpoint: a planned range is read and sent again, and the
store finds its own earlier copies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent.checkpoint import Plan, Progress
from agent.files import read_range
from agent.framing.formats import choose
from agent.framing.joining import Framed, Position, bad_frame, close_unfinished
from agent.tree import LogFile

CHUNK_BYTES = 1024 * 1024
PHYSICAL_LINE_BYTES = 16 * 1024 * 1024
"""A physical line longer than this is cut, so that a file without newlines needs no more memory."""


@dataclass(slots=True)
class Reading:
    """A range of a file and its lines; `after` is the position once they are stored."""

    follower: Follower
    start: int
    lines: list[Framed]
    physical_lines: int
    after: Position

    @property
    def range_bytes(self) -> int:
        return self.after.offset - self.start

    @property
    def content_bytes(self) -> int:
        """May be more than the range: a line brings the pieces along that were read before."""
        return sum(len(line.content) for line in self.lines)


class Follower:
    """One generation of a container's log."""

    def __init__(self, generation: str, progress: Progress) -> None:
        self.generation = generation
        self.file, self.size = progress.file, progress.size
        self.position, self.plan = progress.position, progress.plan
        self.missed_looks = 0
        self.grown_at = math.inf
        self.not_before = 0.0
        self.on_the_way = False
        self._torn_up_to = 0
        self._frame = choose(b"")

    @property
    def unread_bytes(self) -> int:
        return max(0, self.size - self.position.offset)

    def waits(self, size: int) -> bool:
        """Whether a line that ends before `size` is there and not stored."""
        return max(self.position.offset, self._torn_up_to) < min(size, self.size)

    @property
    def unfinished_bytes(self) -> int:
        """Bytes behind the file's last newline, as of the last reading."""
        return max(0, min(self._torn_up_to, self.size) - self.position.offset)

    def progress(self) -> Progress:
        return Progress(self.file, self.position, self.plan, self.size)

    def found(self, file: LogFile, size: int, now: float) -> None:
        """The file is there, under this name and with so many bytes."""
        if size != self.size or self.grown_at == math.inf:
            self.size, self.grown_at = size, now
        self.file, self.missed_looks = file, 0

    def cut_off(self, size: int) -> None:
        """The bytes from `size` on are gone, and with them the plan to send them."""
        self.size, self._torn_up_to = size, 0
        if self.plan is not None and self.plan.end > size:
            self.plan = None

    def let_go(self) -> None:
        """The file is gone; what was read of lines that are still open can be sent all the same."""
        self.cut_off(self.position.offset)
        if self.position.open:
            self.plan = Plan(self.position.offset, close=True)

    def read(self, *, close: bool) -> Reading | None:
        """
        The planned range, else a new one; None while there is no whole line.

        `close` allows to give up on open lines where there is nothing more to read. Raises OSError
        and FileChangedError.
        """
        start = self.position.offset
        if self.plan is not None:
            return self._frame_chunk(self._planned(start, self.plan.end), self.plan)
        chunk = self._whole_lines(start)
        if not chunk and not (close and self.position.open):
            return None
        self.plan = Plan(start + len(chunk), close=not chunk)
        return self._frame_chunk(chunk, self.plan)

    def stored(self, reading: Reading) -> None:
        """Everything of a reading is stored for good."""
        self.position, self.plan = reading.after, None

    def _planned(self, start: int, end: int) -> bytes:
        if end == start:
            return b""  # open lines are closed, and the file may be gone
        chunk = self._bytes(start, end - start)
        if len(chunk) < end - start:
            raise OSError(f"the file ends before {end}, up to where it was read")
        return chunk

    def _whole_lines(self, start: int) -> bytes:
        if not self.unread_bytes:
            return b""
        length = CHUNK_BYTES
        while True:
            chunk = self._bytes(start, length)
            end = chunk.rfind(b"\n") + 1
            if not end and len(chunk) < length:
                self._torn_up_to = start + len(chunk)
            if end or len(chunk) < length:
                return chunk[:end]
            if length >= PHYSICAL_LINE_BYTES:
                return chunk
            length = min(length * 4, PHYSICAL_LINE_BYTES)

    def _bytes(self, start: int, length: int) -> bytes:
        head, content = read_range(self.file, self.generation, start, length)
        self._frame = choose(head.first_line)
        return content

    def _frame_chunk(self, chunk: bytes, plan: Plan) -> Reading:
        after = self.position.copy()
        if chunk and not chunk.endswith(b"\n"):
            detail = f"no end within {PHYSICAL_LINE_BYTES} bytes"
            lines, count = [bad_frame(after, chunk, detail)], 1
            after.offset = plan.end
        else:
            lines, count = self._frame(chunk, after), chunk.count(b"\n")
        if plan.close:
            lines += [close_unfinished(after, output) for output in sorted(after.open)]
        return Reading(self, self.position.offset, lines, count, after)
