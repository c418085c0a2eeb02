"""
Files that are on the disk when the call returns, and whole whenever a crash comes.

What the disk does not give back is damage of that file, as a wrong checksum is: an agent that did
not start for it would lose what the runtime deletes meanwhile. What may be had another time, or by
another user, is none.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from clew.runtime.errors import CorruptionError

_DAMAGES = frozenset(
    getattr(errno, name)
    for name in ("EIO", "EREMOTEIO", "ENODATA", "EBADMSG", "EUCLEAN", "EISDIR")
    if hasattr(errno, name)
)
"""A bad block, in the words of several drivers; a file system's own checksums; no file at all."""


def is_damage(error: OSError) -> bool:
    """Whether reading will fail so again: the bytes are gone."""
    return error.errno in _DAMAGES


def read_whole(path: Path) -> bytes:
    """All of a file. Raises CorruptionError where it is damaged, and OSError."""
    try:
        return path.read_bytes()
    except OSError as error:
        if is_damage(error):
            raise CorruptionError(str(path), 0, str(error.strerror)) from error
        raise


def write_beside(path: Path, content: bytes) -> Path:
    """The content in `<path>.new`, synced: ready to take the place of `path`. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: what was created, renamed or removed. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
