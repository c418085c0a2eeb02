"""What is remembered of the generations of plain files: a part of the checkpoint."""

from __future__ import annotations

import msgspec

VERSION = 1
"""Grows when a hash or its length changes: marks of another version would match nothing."""


class Marks(msgspec.Struct):
    """What a generation looked like when it was last seen; `size` is uncompressed."""

    key: str
    number: int
    size: int = 0
    head_bytes: int = 0
    head: str = ""
    tail: str = ""


class Home(msgspec.Struct):
    """An inode that a generation was last seen in: under which name, and its dates and size."""

    generation: str
    path: str
    born: int = 0
    bytes: int = 0
    modified: int = 0
    changed: int = 0


class Book(msgspec.Struct):
    """Part of the checkpoint. Homes are by `<device>:<inode>`, generations by name."""

    version: int = VERSION
    counters: dict[str, int] = {}
    generations: dict[str, Marks] = {}
    homes: dict[str, Home] = {}
