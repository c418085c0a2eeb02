"""
Why the index can't be written, in words for people.

Where a thread of tantivy meets a full disk, all that reaches us is that a writer was killed, by "an
io::Error most likely". Then the disk is asked.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ROOM_BYTES = 64 * 1024 * 1024
"""What one commit may take: a writer's heap, and beside it the segments that it merges."""

_FULL, _KILLED = "No space left", "io::Error"
"""What the system says (ENOSPC), and what tantivy makes of it."""


def sentence(fault: str, folder: Path) -> str:
    """
    What the fault means, given what tantivy said of it while it wrote to a folder.

    The same fault has the same sentence, however little is left from one moment to the next.
    """
    cramped = _free_bytes(folder) < ROOM_BYTES
    if _FULL in fault or (_KILLED in fault and cramped):
        left = f" (less than {ROOM_BYTES >> 20} MiB are free)" if cramped else ""
        return f"no space left on the device that holds {folder}{left}"
    return f"the index can't be written: {fault}"


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # then that is not what is wrong
        return ROOM_BYTES
