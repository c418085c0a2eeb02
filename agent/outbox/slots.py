r"""
The files of an outbox: slots, each with one batch, written over when it is needed no more.

    <folder>/0.slot, 1.slot, ...

    | clew-outbox 1 | number | head bytes | body bytes | CRC-32 |  head  |  body  | ...
      14 bytes        u64      u32          u32          u32      msgpack  as sent   old

Keeps true: a batch is on the disk when `write` returns, or it raises and the slot is free. Slots
are written in place, so that a batch costs one sync of data and none of a folder's names. A crash
in the middle leaves a checksum that does not fit: that batch was never sent.

A slot that the disk does not give back is set aside as `<n>.damaged`, and is told.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent import events
from agent.durable import read_whole, sync_folder
from clew.runtime.errors import CorruptionError

_MAGIC = b"clew-outbox 1\n"
_HEAD = struct.Struct("<14sQIII")
_NAME = re.compile(r"(\d{1,9})\.slot", re.ASCII)


class Stored(NamedTuple):
    """A batch in a slot."""

    slot: int
    number: int
    head: bytes
    body_bytes: int


class Slots:
    """The slots in a folder that no other process writes to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free: list[int] = []
        self._count = 0

    def load(self) -> Iterator[Stored]:
        """What whole batches there are. All other slots are free from now on. Raises OSError."""
        if not self._folder.exists():
            return
        numbers = sorted(
            int(name[1])
            for entry in os.scandir(self._folder)
            if (name := _NAME.fullmatch(entry.name))
        )
        self._count = numbers[-1] + 1 if numbers else 0
        self._free = [number for number in range(self._count) if number not in set(numbers)]
        for slot in numbers:
            try:
                stored = self._load_one(slot)
            except CorruptionError as error:
                self.set_aside(slot, error)
                stored = None
            if stored is None:
                self._free.append(slot)
            else:
                yield stored

    def write(self, number: int, head: bytes, body: bytes) -> int:
        """Make a batch durable; its slot. Raises OSError."""
        slot = self._free.pop() if self._free else self._count
        path = self._path(slot)
        crc = zlib.crc32(body, zlib.crc32(head))
        lengths = _HEAD.pack(_MAGIC, number, len(head), len(body), crc)
        try:
            self._folder.mkdir(exist_ok=True)
            fresh = not path.exists()
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _write_all(descriptor, lengths + head + body)
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
            if fresh:
                sync_folder(self._folder)
        except OSError:
            # It may be whole all the same, and its number is given out again.
            with contextlib.suppress(OSError):
                os.truncate(path, 0)
            self._free.insert(0, slot)  # the others first: this one may be bad
            raise
        finally:
            self._count = max(self._count, slot + 1)
        return slot

    def read_body(self, slot: int, number: int) -> bytes:
        """
        The batch of this number in a slot, as it is sent.

        Raises CorruptionError where it is not there any more, and OSError.
        """
        path = self._path(slot)
        try:
            content = read_whole(path)
        except FileNotFoundError as error:
            raise CorruptionError(str(path), 0, "it is gone") from error
        if len(content) < _HEAD.size:
            raise CorruptionError(str(path), 0, "it is cut off")
        _, found, head_bytes, body_bytes, crc = _HEAD.unpack_from(content)
        end = _HEAD.size + head_bytes + body_bytes
        if found != number or zlib.crc32(content[_HEAD.size : end]) != crc:
            raise CorruptionError(str(path), _HEAD.size, "the checksum does not fit")
        return content[_HEAD.size + head_bytes : end]

    def set_aside(self, slot: int, error: CorruptionError) -> None:
        """Its batch is lost; the file is kept for whoever wants to look at it."""
        path = self._path(slot)
        try:
            path.replace(path.with_suffix(".damaged"))
        except FileNotFoundError:
            return  # it is set aside and told
        except OSError:
            pass  # to keep it is a courtesy
        events.data.batch_damaged(error)

    def free(self, slot: int) -> None:
        """Its batch is needed no more; it stands there until the slot is used again."""
        self._free.append(slot)

    def _load_one(self, slot: int) -> Stored | None:
        content = read_whole(self._path(slot))
        if len(content) < _HEAD.size or not content.startswith(_MAGIC):
            return None
        _, number, head_bytes, body_bytes, crc = _HEAD.unpack_from(content)
        end = _HEAD.size + head_bytes + body_bytes
        if end > len(content) or zlib.crc32(content[_HEAD.size : end]) != crc:
            return None
        head = content[_HEAD.size : _HEAD.size + head_bytes]
        return Stored(slot, number, head, body_bytes)

    def _path(self, slot: int) -> Path:
        return self._folder / f"{slot}.slot"


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
