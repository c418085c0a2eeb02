"""
The columns of a chunk once lines of it are joined: some left out, some grown, some put before.

Keeps true: what is not joined stays where it is, and each oddity with its line. Lines that began in
an earlier chunk come first, in the order in which they began, and those of an earlier file before
them.
"""

from __future__ import annotations

from itertools import compress

from agent.framing.framed import FramedLines, Oddity
from agent.framing.open_group import OpenGroup

_Before = tuple[int, int, int, bytes, Oddity]
"""Offset, time, output and content of a line, and its oddity."""


class Joined:
    """What becomes of the columns of a chunk: places left out, lines put before them."""

    def __init__(self, lines: FramedLines) -> None:
        self.lines = lines
        self.left_out: set[int] = set()
        self.before: list[_Before] = []

    def put_before(self, group: OpenGroup, output: int, flags: int) -> None:
        """A line that began in an earlier chunk."""
        oddity = Oddity(group.pieces, flags, origin=group.origin)
        self.before.append((group.offset, group.time, output, bytes(group.content), oddity))

    def replace(self, place: int, group: OpenGroup, flags: int) -> None:
        """A line in the place of its first."""
        self.lines.contents[place] = bytes(group.content)
        self.lines.odd[place] = Oddity(group.pieces, flags, origin=group.origin)

    def build(self) -> FramedLines:
        lines = self.lines
        if self.left_out:
            self._leave_out()
        if self.before:
            self.before.sort(key=_began)
            moved = len(self.before)
            lines.offsets[:0] = [line[0] for line in self.before]
            lines.times[:0] = [line[1] for line in self.before]
            lines.outputs[:0] = [line[2] for line in self.before]
            lines.contents[:0] = [line[3] for line in self.before]
            odd = {place + moved: oddity for place, oddity in lines.odd.items()}
            lines.odd = {
                place: line[4] for place, line in enumerate(self.before) if line[4] != Oddity()
            } | odd
        return lines

    def _leave_out(self) -> None:
        lines = self.lines
        kept = bytearray(b"\1") * len(lines.offsets)
        for place in self.left_out:
            kept[place] = 0
        lines.offsets = list(compress(lines.offsets, kept))
        lines.times = list(compress(lines.times, kept))
        lines.outputs = list(compress(lines.outputs, kept))
        lines.contents = list(compress(lines.contents, kept))
        odd, before, counted = {}, 0, 0
        for place in sorted(lines.odd.keys() - self.left_out):
            before += kept.count(1, counted, place)
            counted = place
            odd[before] = lines.odd[place]
        lines.odd = odd


def _began(line: _Before) -> tuple[bool, int]:
    offset, time, _, _, oddity = line
    # Offsets in two files say nothing about each other.
    return (True, offset) if oddity.origin is None else (False, time)
