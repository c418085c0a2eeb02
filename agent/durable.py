"""Files that are on the disk when the call returns, and whole whenever a crash comes."""

from __future__ import annotations

import os
from pathlib import Path


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
