"""
The rescue spool: copies of what is not read of files that have no name any more.

    <folder>/<number>-<generation>.rescue      see `segment`; numbers only grow
             <number>-<offset>.damaged         what was no frame, for whoever wants to look at it

Keeps true:
- what `copy` returned for is on the disk until a checkpoint says that the position has passed it;
- the segments are never larger than the limit together: the generation that was begun first is
  dropped for a later one, and who wrote it is told; none is dropped for the sake of an older one;
- nothing is removed before a checkpoint says that it is passed or dropped;
- damage costs the frames that are damaged, and is counted.

A crash leaves segments of which the checkpoint may know nothing: they say themselves whose they
are, and from which position on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from agent.files import OpenedLog
from agent.rescue.rescued import Rescued
from agent.rescue.segment import (
    CONTENT_HEAD_BYTES,
    FRAME_BYTES,
    DamagedSegmentError,
    Header,
    Piece,
    Segment,
    begin_segment,
    header_frame,
    load_segment,
)
from agent.spool.aside import keep_aside

RESCUE_BYTES = 256 * 1024 * 1024
SEGMENT_BYTES = 8 * 1024 * 1024
"""A segment that has become so large is followed by a new one, so that what was read can go."""
COPY_BYTES = 4 * 1024 * 1024
"""Is synced at one go, and is in memory for so long."""
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-z]+)\.rescue")


class Lost(NamedTuple):
    """A segment that does not say what it has, in the file that it was set aside as."""

    generation: str
    path: str
    size_bytes: int


class RescueSpool:
    """The segments in a folder that no other process uses. All methods run in one thread."""

    def __init__(self, folder: Path, limit_bytes: int = RESCUE_BYTES) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes
        self.generations: dict[str, Rescued] = {}
        self.lost: list[Lost] = []
        self.dropped: Callable[[str], None] = lambda _: None
        """Is told which generation is dropped to make room."""
        self.save: Callable[[], None] = lambda: None
        """Writes down what was told, before the segments are removed. Raises OSError."""
        self.damaged: Callable[[int], None] = lambda _: None
        """Is told of how many bytes that are no frame."""
        self._dropped: list[Segment] = []
        self._next_number = 1

    def load(self) -> None:
        """What is there, also from another process. Raises OSError."""
        if not self.folder.exists():
            return
        names = sorted(filter(_NAME.fullmatch, os.listdir(self.folder)))  # noqa: PTH208
        for name in names:
            number, generation = name.removesuffix(".rescue").split("-")
            self._next_number = int(number, 16) + 1
            self._load_one(self.folder / name, int(number, 16), generation)

    @property
    def size_bytes(self) -> int:
        """On the disk."""
        return self._kept_bytes + sum(segment.size for segment in self._dropped)

    @property
    def _kept_bytes(self) -> int:
        return sum(rescued.size_bytes for rescued in self.generations.values())

    @property
    def room_bytes(self) -> int:
        """What may still be copied, as far as the limit and the disk allow."""
        there = (at for at in (self.folder, *self.folder.parents) if os.path.exists(at))  # noqa: PTH110
        try:
            disk = os.statvfs(next(there, self.folder))
        except OSError:
            return 0  # a disk that does not say takes nothing
        return max(0, min(self.limit_bytes - self.size_bytes, disk.f_bavail * disk.f_frsize))

    def copy(self, header: Header, source: OpenedLog, start: int, end: int) -> Rescued:
        """
        A durable copy of what stands in a file from `start` up to `end`.

        Raises OSError where the disk or the limit does not take it, and what the source raises;
        what was copied before stays.
        """
        rescued = self.generations.get(header.generation)
        if rescued is None:
            rescued = self._new(header.generation, header.first_line)
        while start < end:
            content = source.read(start, min(COPY_BYTES, end - start))
            if not content:
                break
            self._append(rescued, header, start, content)
            start += len(content)
        return rescued

    def drop(self, generation: str) -> None:
        """What was copied of a generation is not read any more; the next checkpoint removes it."""
        rescued = self.generations.pop(generation, None)
        self._dropped += rescued.segments if rescued else ()

    def release(self, stored: Mapping[str, int]) -> None:
        """A checkpoint is on the disk: these generations, each stored up to an offset."""
        for name, rescued in list(self.generations.items()):
            if name not in stored:
                self.drop(name)
                continue
            for segment in [each for each in rescued.segments if each.end <= stored[name]]:
                segment.remove()
                rescued.segments.remove(segment)
        self._remove_dropped()

    def _remove_dropped(self) -> None:
        for segment in self._dropped:
            segment.remove()
        self._dropped.clear()

    def _append(self, rescued: Rescued, header: Header, start: int, content: bytes) -> None:
        frames = -(-len(content) // FRAME_BYTES)
        size = len(content) + frames * CONTENT_HEAD_BYTES
        self._make_room(rescued, size + len(header_frame(header)))
        last = rescued.segments[-1] if rescued.segments else None
        if last is None or last.size >= SEGMENT_BYTES:
            last = begin_segment(self.folder, self._next_number, header)
            self._next_number += 1
            rescued.segments.append(last)
        self.generations[rescued.generation] = rescued
        try:
            last.append(_split(start, content))
        except BaseException:
            if not last.pieces:
                last.remove()
                rescued.segments.remove(last)
            raise
        rescued.end = max(rescued.end, last.end)

    def _make_room(self, rescued: Rescued, size: int) -> None:
        while self._kept_bytes + size > self.limit_bytes:
            others = [each for each in self.generations.values() if each.segments]
            oldest = min(others, key=lambda each: each.segments[0].number, default=rescued)
            if oldest is rescued:
                raise OSError(errno.ENOSPC, "the rescue spool has no room for so much of one file")
            self.drop(oldest.generation)
            self.dropped(oldest.generation)
        if self._dropped:
            self.save()
            self._remove_dropped()

    def _new(self, generation: str, first_line: bytes) -> Rescued:
        return Rescued(generation, first_line, self._keep_damaged_piece)

    def _load_one(self, path: Path, number: int, generation: str) -> None:
        try:
            segment, damages = load_segment(path, number)
        except DamagedSegmentError:
            aside = path.with_suffix(".damaged")
            size = path.stat().st_size
            path.replace(aside)
            self.damaged(size)
            self.lost.append(Lost(generation, str(aside), size))
            return
        rescued = self.generations.get(generation) or self._new(
            generation, segment.header.first_line
        )
        self.generations[generation] = rescued
        rescued.add(segment)
        for damage, data in damages:
            rescued.damaged = True
            self._set_aside(path, damage.start, data)

    def _keep_damaged_piece(self, segment: Segment, piece: Piece) -> None:
        data = b""
        with contextlib.suppress(OSError), segment.path.open("rb") as file:
            data = os.pread(
                file.fileno(), CONTENT_HEAD_BYTES + piece.end - piece.start, piece.place
            )
        self._set_aside(segment.path, piece.place, data)

    def _set_aside(self, path: Path, start: int, data: bytes) -> None:
        aside = path.with_name(f"{path.name.partition('-')[0]}-{start}.damaged")
        if aside.exists():
            return
        self.damaged(len(data))
        keep_aside(aside, data, lambda: self.folder.glob("*.damaged"))


def _split(start: int, content: bytes) -> Iterator[tuple[int, bytes]]:
    for place in range(0, len(content), FRAME_BYTES):
        yield start + place, content[place : place + FRAME_BYTES]
