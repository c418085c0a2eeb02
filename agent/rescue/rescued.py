"""
What was copied of one generation, to be read as its file would be.

    segment 7        segment 8                    segment 9
    |------|-------|------|  ... hole ...  |------|-------|
    start                                                end

Keeps true: only bytes whose checksum fits are given out. A piece that turns out to be damaged is
set aside, and leaves a hole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from operator import attrgetter

from agent.framing.joining import Position
from agent.rescue.segment import Piece, Segment

SetAside = Callable[[Segment, Piece], None]
_start = attrgetter("start")


class Rescued:
    """The segments of a generation, the oldest first; it has what `OpenedLog` has for reading."""

    grows = False
    """What is written to the file is copied by whoever holds it open."""

    def __init__(self, generation: str, first_line: bytes, set_aside: SetAside) -> None:
        self.generation, self.first_line = generation, first_line
        self.segments: list[Segment] = []
        self.damaged = False
        self.end = 0
        """Behind the last byte that was ever copied; it may be removed by now."""
        self._set_aside = set_aside

    @property
    def size_bytes(self) -> int:
        """On the disk."""
        return sum(segment.size for segment in self.segments)

    @property
    def ended(self) -> bool:
        """Whether nobody wrote to the file any more when it was copied."""
        return any(segment.header.ended for segment in self.segments)

    def add(self, segment: Segment) -> None:
        self.segments.append(segment)
        self.end = max(self.end, segment.end)

    def read(self, start: int, length: int) -> bytes:
        """Up to so many bytes from `start` on; fewer before a hole. Raises OSError."""
        parts: list[bytes] = []
        taken = 0
        while taken < length and (found := self._piece_at(start + taken)) is not None:
            segment, piece = found
            content = segment.read(piece)
            if content is None:
                self._lose(segment, piece)
                break
            part = content[start + taken - piece.start :][: length - taken]
            parts.append(part)
            taken += len(part)
        return b"".join(parts)

    def run_end(self, start: int) -> int:
        """Up to where it can be read from `start` on; `start` where there is nothing."""
        while (found := self._piece_at(start)) is not None:
            start = found[1].end
        return start

    def next_start(self, offset: int) -> int | None:
        """Where the first content behind an offset begins."""
        for segment in self.segments:
            place = bisect_right(segment.pieces, offset, key=_start)
            if place < len(segment.pieces):
                return segment.pieces[place].start
        return None

    def position_at(self, start: int) -> Position | None:
        """The position there, if a segment was begun with it."""
        positions = (segment.header.position for segment in self.segments)
        return next((each.copy() for each in positions if each.offset == start), None)

    def close(self) -> None:
        """Nothing of it is kept open."""

    def _piece_at(self, offset: int) -> tuple[Segment, Piece] | None:
        for segment in self.segments:
            place = bisect_right(segment.pieces, offset, key=_start) - 1
            if place >= 0 and offset < segment.pieces[place].end:
                return segment, segment.pieces[place]
        return None

    def _lose(self, segment: Segment, piece: Piece) -> None:
        segment.pieces.remove(piece)
        self.damaged = True
        self._set_aside(segment, piece)
