"""What a disk says of a bad block, said by this machine's kernel, without a bad disk."""

from __future__ import annotations

from pathlib import Path

from tests.support.components import missing

_MEMORY = Path("/proc/self/mem")
"""At address 0 there is nothing to be read, which is EIO."""


def fail_to_read(path: Path) -> None:
    """From here on the file can be listed, opened and renamed; reading it fails with EIO."""
    if not _MEMORY.exists():
        missing("procfs", "only there is a file that fails to be read")
    path.unlink(missing_ok=True)
    path.symlink_to(_MEMORY)


def flip_bit(path: Path, place: int = 40) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
