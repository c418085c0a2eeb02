"""
What is still open of a stream at the end of a chunk: lines that the next could go on with.

Keeps true: an open group is part of the position in a file, and goes into the checkpoint with it,
so that after a crash the same lines become of the same bytes. It is bounded in bytes and in lines.
"""

from __future__ import annotations

import msgspec

from agent.framing.framed import Origin
from agent.framing.traces import State
from clew.schema.line import LINE_BYTES

GROUP_BYTES = LINE_BYTES
"""A longer line could not become a record."""

GROUP_LINES = 1000
"""Java cuts a stack overflow's trace at 1,024 frames; nobody reads more."""

OBJECT_LINES = 2500
"""An object with the traces of a stack overflow and of its cause, a frame a line."""

HELD_LINES = 10
"""How many lines a message, or the gap between two traces, may have until the trace goes on."""


class HeldLine(msgspec.Struct):
    """A line that belongs to a group if a certain other line comes, and is its own if not."""

    offset: int
    time: int
    pieces: int
    content: bytes
    origin: Origin | None = None


class OpenGroup(msgspec.Struct):
    """
    The lines of one stream that a next one could go on with: joined what surely belongs together,
    and behind it what is only held. `last_time` is the runtime's time of the last of them all.
    `offset` is one of the file of `origin`, where the group began in an earlier one. Of an object,
    all but the first line are held until it is whole, and `brackets` are those that are still open.
    Contents are base64 in a checkpoint.
    """

    offset: int
    time: int
    pieces: int
    content: bytearray
    state: State
    lines: int
    last_time: int
    held: list[HeldLine] = []
    origin: Origin | None = None
    held_bytes: int = 0
    brackets: str = ""

    @property
    def pieces_open(self) -> int:
        return self.pieces + sum(line.pieces for line in self.held)

    def copy(self) -> OpenGroup:
        return msgspec.structs.replace(
            self, content=self.content.copy(), held=[msgspec.structs.replace(h) for h in self.held]
        )

    def carried_from(self, file: Origin) -> OpenGroup:
        """The same as the file after this one has it."""
        held = [msgspec.structs.replace(h, origin=h.origin or file) for h in self.held]
        return msgspec.structs.replace(self, origin=self.origin or file, held=held)

    def join(self, line: HeldLine) -> None:
        """Take in a line behind those that are joined."""
        self.lines += 1
        self.content += b"\n" + line.content
        self.pieces += line.pieces

    def hold(self, line: HeldLine) -> None:
        """Keep a line behind those that are joined, until it is known whether it is one of them."""
        self.held.append(line)
        self.held_bytes += 1 + len(line.content)

    def join_held(self) -> None:
        """Take in what was held."""
        for line in self.held:
            self.join(line)
        self.held, self.held_bytes = [], 0

    def is_full(self, line: HeldLine) -> bool:
        """Whether a line is too much to be taken in."""
        size = len(self.content) + self.held_bytes + 1 + len(line.content)
        most_lines = OBJECT_LINES if self.state is State.OBJECT else GROUP_LINES
        return size > GROUP_BYTES or self.lines + len(self.held) >= most_lines


OpenGroups = dict[int, OpenGroup]
"""By output."""
