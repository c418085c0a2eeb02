"""
Follow one file of a container to its end.

Keeps true: the position moves only when the bytes before it are stored for good. What is read
behind the position is planned first, and a plan is sent until it is stored, never changed.

A file is followed under whatever name it has at the moment; it is known by its generation. After a
crash the follower continues from the checkpoint: a planned range is read and sent again, and the
store finds its own earlier copies.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.checkpoint import Plan, Progress
from agent.files import Head, read_range
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


class Follower:
    """One generation of a container's log."""

    def __init__(self, file: LogFile, head: Head, progress: Progress | None = None) -> None:
        self.file = file
        self.generation = head.generation
        self._frame = choose(head.first_line)
        self.position = progress.position if progress else Position()
        self.plan = progress.plan if progress else None
        self.size = 0
        self.missed_looks = 0
        self.grown_at = 0.0
        self.not_before = 0.0

    @property
    def unread_bytes(self) -> int:
        return max(0, self.size - self.position.offset)

    @property
    def pieces_open(self) -> int:
        return sum(line.pieces for line in self.position.open.values())

    def progress(self) -> Progress:
        return Progress(
            self.file.container_key, self.file.path, self.position, self.plan, self.size
        )

    def saw_size(self, size: int, now: float) -> None:
        if size != self.size:
            self.size, self.grown_at = size, now

    def read(self, *, close: bool) -> Reading | None:
        """
        The planned range, else a new one; None while there is no whole line.

        `close` allows to give up on open lines where there is nothing more to read. Raises OSError
        and FileChangedError.
        """
        start = self.position.offset
        if self.plan is None:
            chunk = self._whole_lines(start)
            if not chunk and not (close and self.position.open):
                return None
            self.plan = Plan(start + len(chunk), close=not chunk)
        else:
            chunk = self._bytes(start, self.plan.end - start)
            if len(chunk) < self.plan.end - start:
                raise OSError(f"the file ends before {self.plan.end}, up to where it was read")
        return self._frame_chunk(chunk, self.plan)

    def stored(self, reading: Reading) -> None:
        """Everything of a reading is stored for good."""
        self.position, self.plan = reading.after, None

    def _bytes(self, start: int, length: int) -> bytes:
        return read_range(self.file, self.generation, start, length)

    def _whole_lines(self, start: int) -> bytes:
        if not self.unread_bytes:
            return b""
        length = CHUNK_BYTES
        while True:
            chunk = self._bytes(start, length)
            end = chunk.rfind(b"\n") + 1
            if end or len(chunk) < length or length >= PHYSICAL_LINE_BYTES:
                break
            length = min(length * 4, PHYSICAL_LINE_BYTES)
        return chunk if not end and length <= len(chunk) else chunk[:end]

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
