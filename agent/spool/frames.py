"""
Frames: how something stands in a segment of the spool.

    segment = frame*
    frame   = mark (4 bytes)  length (u32)  CRC-32 (u32)  kind (u8)  payload (length bytes)

Numbers are little-endian; the checksum is that of kind and payload. The mark is there to find the
next frame behind one whose length can't be believed: a damage costs what is damaged, and no more.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

MARK = b"\xf5clw"
"""0xf5 is in no UTF-8 text, so a log line that is spooled does not look like a frame."""
_HEAD = struct.Struct("<4sIIB")
HEAD_BYTES = _HEAD.size


class Frame(NamedTuple):
    """A frame that is whole; `start` and `end` are where it stands."""

    start: int
    end: int
    kind: int
    payload: bytes


class Damage(NamedTuple):
    """
    Bytes between frames, or behind the last, that are none.

    `torn`: nothing follows, and a frame that was not written to its end looks just like this.
    """

    start: int
    end: int
    torn: bool


def encode_frame(kind: int, payload: bytes) -> bytes:
    return _HEAD.pack(MARK, len(payload), _checksum(kind, payload), kind) + payload


def decode_frames(data: bytes, start: int = 0) -> Iterator[Frame | Damage]:
    """What stands in a segment from the beginning of a frame at `start` on: every byte of it."""
    place = start
    while place < len(data):
        found = _frame_at(data, place) or _damage_at(data, place)
        yield found
        place = found.end


def _frame_at(data: bytes, place: int) -> Frame | None:
    """The frame that begins here, or None where none does that is whole."""
    if len(data) - place < HEAD_BYTES:
        return None
    mark, length, checksum, kind = _HEAD.unpack_from(data, place)
    end = place + HEAD_BYTES + length
    if mark != MARK or end > len(data):
        return None
    payload = data[place + HEAD_BYTES : end]
    return Frame(place, end, kind, payload) if _checksum(kind, payload) == checksum else None


def _damage_at(data: bytes, place: int) -> Damage:
    end = _next_frame(data, place + 1)
    return Damage(place, end, torn=end == len(data) and _is_torn(data[place:]))


def _next_frame(data: bytes, place: int) -> int:
    """Where the next whole frame begins, or the end of the data."""
    while (place := data.find(MARK, place)) != -1:
        if _frame_at(data, place) is not None:
            return place
        place += 1
    return len(data)


def _is_torn(rest: bytes) -> bool:
    if len(rest) < HEAD_BYTES:
        return MARK.startswith(rest[: len(MARK)])
    mark, length, _, _ = _HEAD.unpack_from(rest)
    return bool(mark == MARK and HEAD_BYTES + length > len(rest))


def _checksum(kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, kind)
