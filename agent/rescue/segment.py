"""
One file of the rescue spool: a stretch of one generation.

    <folder>/<number, 16 hex digits>-<generation>.rescue

    segment = header frame, content frame*            frames as in `agent.spool.frames`
    content = offset in the log (u64, little-endian), up to FRAME_BYTES of it

Keeps true: what `append` returned for is on the disk; where it raises, nothing was appended. A
crash in the middle leaves a torn frame, which the next start does not count as content.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from agent.durable import is_damage, read_whole, sync_folder
from agent.framing.joining import Position
from agent.sources.log_file import LogFile
from agent.spool.frames import HEAD_BYTES, Damage, Frame, decode_frames, encode_frame
from clew.runtime.errors import CorruptionError

FRAME_BYTES = 256 * 1024
"""Of a log: so much is lost with one bad bit."""
HEADER, CONTENT = 1, 2
_OFFSET = struct.Struct("<Q")
CONTENT_HEAD_BYTES = HEAD_BYTES + _OFFSET.size
"""What a frame takes besides its content."""


class Header(msgspec.Struct):
    """
    Whose content it is. `position` is where reading goes on if no checkpoint knows the generation:
    what stands before it was in the outbox when the segment was begun. `ended`: nobody wrote to
    the file any more.
    """

    generation: str
    file: LogFile
    first_line: bytes
    position: Position
    ended: bool = False


class Piece(NamedTuple):
    """A whole frame: content of the log from `start` up to `end`, at `place` in the segment."""

    start: int
    end: int
    place: int


class DamagedSegmentError(Exception):
    """It does not say whose content it has, or the disk does not give it back."""


class Segment:
    """Pieces in the order of their offsets."""

    def __init__(self, path: Path, number: int, header: Header, size: int) -> None:
        self.path, self.number, self.header, self.size = path, number, header, size
        self.pieces: list[Piece] = []

    @property
    def end(self) -> int:
        return self.pieces[-1].end if self.pieces else 0

    def append(self, content: Iterable[tuple[int, bytes]]) -> int:
        """Contents with their offsets, synced; how many bytes. Raises OSError."""
        size, pieces = self.size, []
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.lseek(descriptor, size, os.SEEK_SET)
            for offset, part in content:
                frame = encode_frame(CONTENT, _OFFSET.pack(offset) + part)
                _write_all(descriptor, frame)
                pieces.append(Piece(offset, offset + len(part), size))
                size += len(frame)
            os.fdatasync(descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, self.size)
            raise
        finally:
            os.close(descriptor)
        self.pieces += pieces
        grown, self.size = size - self.size, size
        return grown

    def read(self, piece: Piece) -> bytes | None:
        """The content of a piece; None where it is damaged by now. Raises OSError."""
        length = CONTENT_HEAD_BYTES + piece.end - piece.start
        try:
            with self.path.open("rb", buffering=0) as file:
                data = os.pread(file.fileno(), length, piece.place)
        except OSError as error:
            if is_damage(error):
                return None
            raise
        found = next(decode_frames(data), None)
        if not isinstance(found, Frame) or found.end != length:
            return None
        return found.payload[_OFFSET.size :]

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink()


def header_frame(header: Header) -> bytes:
    return encode_frame(HEADER, _encode(header))


def begin_segment(folder: Path, number: int, header: Header) -> Segment:
    """A durable segment without content. Raises OSError; then there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number:016x}-{header.generation}.rescue"
    frame = header_frame(header)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _write_all(descriptor, frame)
        os.fsync(descriptor)
        sync_folder(folder)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return Segment(path, number, header, len(frame))


def load_segment(path: Path, number: int) -> tuple[Segment, list[tuple[Damage, bytes]]]:
    """
    What a segment has, and what is damaged of it. Raises OSError, and DamagedSegmentError.

    A torn end is neither: its append did not return.
    """
    try:
        data = read_whole(path)
    except CorruptionError as error:
        raise DamagedSegmentError(path) from error
    frames = decode_frames(data)
    first = next(frames, None)
    if not isinstance(first, Frame) or first.kind != HEADER:
        raise DamagedSegmentError(path)
    try:
        header = _decode(first.payload)
    except msgspec.MsgspecError as error:
        raise DamagedSegmentError(path) from error
    segment = Segment(path, number, header, first.end)
    return segment, [(each, data[each.start : each.end]) for each in _take_in(segment, frames)]


def _take_in(segment: Segment, frames: Iterator[Frame | Damage]) -> Iterator[Damage]:
    for found in frames:
        if isinstance(found, Frame):
            (start,) = _OFFSET.unpack_from(found.payload)
            end = start + len(found.payload) - _OFFSET.size
            segment.pieces.append(Piece(start, end, found.start))
        elif found.torn:
            return
        else:
            yield found
        segment.size = found.end


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Header).decode
