"""A file that was opened to tell which one it is."""

from __future__ import annotations

import gzip
import os
from hashlib import blake2b
from typing import IO, NamedTuple, cast

from agent.identity.book import Marks

HEAD_BYTES, TAIL_BYTES = 1024, 256


class Content(NamedTuple):
    """A file that was opened to be compared."""

    opened: IO[bytes]
    size: int
    head: bytes

    def hash_before(self, offset: int) -> str:
        start = max(0, offset - TAIL_BYTES)
        self.opened.seek(start)
        return hash_of(self.opened.read(offset - start))

    def continues(self, marks: Marks) -> bool:
        """Whether this is what was seen, and perhaps more behind it."""
        return (
            self.size >= marks.size
            and hash_of(self.head[: marks.head_bytes]) == marks.head
            and self.hash_before(marks.size) == marks.tail
        )


def read_content(plain: IO[bytes], size: int, *, compressed: bool) -> Content:
    if not compressed:
        return Content(plain, size, plain.read(HEAD_BYTES)[:size])
    unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=plain))
    head = unpacked.read(HEAD_BYTES)
    return Content(unpacked, unpacked.seek(0, os.SEEK_END), head)


def hash_of(content: bytes) -> str:
    return blake2b(content, digest_size=12).hexdigest()
