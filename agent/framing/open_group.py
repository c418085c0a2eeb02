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
    `offset` is one of the file of `origin`, where the group began in an earlier one. Contents are
    base64 in a checkpoint.
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

    def join_held(self) -> None:
        """Take in what was held."""
        for line in self.held:
            self.join(line)
        self.held = []

    def is_full(self, line: HeldLine) -> bool:
        """Whether a line is too much to be taken in."""
        size = len(self.content)
        for held in self.held:
            size += 1 + len(held.content)
        lines = self.lines + len(self.held)
        return size + 1 + len(line.content) > GROUP_BYTES or lines >= GROUP_LINES


OpenGroups = dict[int, OpenGroup]
"""By output."""
