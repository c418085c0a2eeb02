"""
The spool: a bounded queue on the disk for what has no file that could be read again.

    <folder>/0000000000000001.segment      the oldest frames, see `frames`
             0000000000000002.segment      ...
             position                      how far, and in which segment, all is acknowledged
             0000000000000001-512.damaged  bytes that were no frame when they were read

      acknowledged            waiting                    room
    |-------------------|-----------------------|.....................|
                     position               append             limit_bytes

Keeps true:
- what `append` returned for is on the disk, and is read until it is acknowledged;
- frames are read in the order in which they were appended;
- the segments are never larger than the limit together: the oldest is dropped for the newest frame;
- every frame that nobody will read is told to `lost`, with a reason and its bytes.

A crash leaves a frame torn at the end of the last segment: its append had not returned, and the
next start cuts it off. A position that is lost or older than what was acknowledged makes frames
come again, so whoever takes them must take the same one twice. A frame that is being sent while its
segment is dropped counts as lost, though it may arrive.

Segments are read one at a time: a full spool costs a start nothing, and no more than one segment of
memory. After a start, a new segment is begun.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from agent.spool.aside import keep_aside
from agent.spool.frames import HEAD_BYTES, Damage, Frame, decode_frames, encode_frame
from agent.spool.position import BEGINNING, Place, load_position, save_position
from agent.spool.segments import Segments
from clew.runtime.errors import CorruptionError

SEGMENTS = 64
"""How many make a full spool: one of them is what a full spool loses at a time."""
_DAMAGE = re.compile(r"[0-9a-f]{16}-\d+\.damaged")


class SpoolLoss(StrEnum):
    FULL = "full"  # the oldest segment went, to make room for the newest frame
    DAMAGED = "damaged"  # what was written is not what was read


Lost = Callable[[SpoolLoss, int, int], None]
"""Is told why, how many frames (of a damage, which may hide several: one), and how many bytes."""


class FrameTooLargeError(ValueError):
    """Larger than a frame may be in a spool of this size."""


class Entry(NamedTuple):
    """What was appended; `place` is behind it, for `acknowledge`."""

    kind: int
    payload: bytes
    place: Place


class Spool:
    """A spool in a folder that no other process uses. All methods run in one thread."""

    def __init__(self, folder: Path, limit_bytes: int, lost: Lost) -> None:
        """Raises OSError where the folder can't be read; it need not exist."""
        self._folder, self._limit, self._lost = folder, limit_bytes, lost
        self._segments = Segments(folder, limit_bytes // SEGMENTS)
        self._set_aside: set[str] = set()
        self.position_damage: CorruptionError | None = None
        """Why the position was not believed: everything in the spool is read again."""
        try:
            self._position = load_position(folder / "position")
        except CorruptionError as error:
            self.position_damage, self._position = error, BEGINNING
        self._segments.begin_after(self._position.segment)
        self._cut_torn_tail()
        self._remove_acknowledged()

    @property
    def waiting_bytes(self) -> int:
        """What is not acknowledged, frames' heads included."""
        sizes = self._segments.sizes
        passed = min(self._position.offset, sizes.get(self._position.segment, 0))
        return self._segments.total_bytes - passed

    def append(self, kind: int, payload: bytes) -> None:
        """
        Add a frame; it is on the disk when this returns.

        Raises FrameTooLargeError, and OSError where the disk does not take it, such as a full one.
        """
        frame = encode_frame(kind, payload)
        if len(frame) > self._limit // 2:
            raise FrameTooLargeError(f"{len(frame)} bytes in a spool of {self._limit}")
        while self._segments.sizes and self._segments.total_bytes + len(frame) > self._limit:
            self._drop_oldest()
        self._segments.append(frame)

    def read(self, limit_bytes: int) -> list[Entry]:
        """
        The oldest frames that are not acknowledged: as many as fit the limit, and at least one.

        The same again until they are acknowledged. Raises OSError.
        """
        entries: list[Entry] = []
        room = limit_bytes
        for entry in self._waiting():
            room -= len(entry.payload) + HEAD_BYTES
            if entries and room < 0:
                break
            entries.append(entry)
        return entries

    def acknowledge(self, place: Place) -> None:
        """
        Everything up to here need not be read again.

        Raises OSError where that can't be made durable: it holds until the next start.
        """
        self._position = max(self._position, place)
        self._remove_acknowledged()
        save_position(self._folder / "position", self._position)

    def close(self) -> None:
        self._segments.close()

    def _waiting(self) -> Iterator[Entry]:
        for number in list(self._segments.sizes):
            try:
                data = self._segments.read(number)
            except FileNotFoundError:
                self._lost(SpoolLoss.DAMAGED, 1, self._segments.sizes[number])
                self._segments.remove(number)
                continue
            for found in decode_frames(data, self._start(number)):
                if isinstance(found, Frame):
                    yield Entry(found.kind, found.payload, Place(number, found.end))
                elif not found.torn:
                    self._put_aside(number, data, found)

    def _start(self, number: int) -> int:
        return self._position.offset if number == self._position.segment else 0

    def _cut_torn_tail(self) -> None:
        if not self._segments.sizes:
            return
        last = max(self._segments.sizes)
        with contextlib.suppress(OSError):  # read again, and told, by `read`
            *_, tail = [None, *decode_frames(self._segments.read(last))]
            if isinstance(tail, Damage) and tail.torn:
                self._segments.cut(last, tail.start)

    def _remove_acknowledged(self) -> None:
        for number, size in list(self._segments.sizes.items()):
            passed = self._position >= Place(number, size)
            if passed and number != self._segments.growing:
                self._segments.remove(number)

    def _drop_oldest(self) -> None:
        number = next(iter(self._segments.sizes))
        frames, size = 0, self._segments.sizes[number] - self._start(number)
        with contextlib.suppress(OSError):
            for found in decode_frames(self._segments.read(number), self._start(number)):
                if isinstance(found, Frame):
                    frames += 1
                elif not found.torn:
                    self._put_aside(number, self._segments.read(number), found)
                    size -= found.end - found.start
        self._segments.remove(number)
        if size > 0:
            self._lost(SpoolLoss.FULL, frames, size)

    def _put_aside(self, number: int, data: bytes, damage: Damage) -> None:
        """Keep what was no frame, for whoever wants to look at it, and count it once."""
        path = self._folder / f"{number:016x}-{damage.start}.damaged"
        if path.name in self._set_aside or path.exists():
            return
        self._set_aside.add(path.name)
        self._lost(SpoolLoss.DAMAGED, 1, damage.end - damage.start)
        keep_aside(path, data[damage.start : damage.end], self._kept_aside)

    def _kept_aside(self) -> list[Path]:
        return [each for each in self._folder.iterdir() if _DAMAGE.fullmatch(each.name)]
