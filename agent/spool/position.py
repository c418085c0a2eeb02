r"""
How far a spool is acknowledged: one small file, replaced whole.

    clew-spool 1 <segment, 16 hex digits> <offset> <CRC-32 of what stands before, 8 hex digits>\n
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import NamedTuple

from agent.durable import write_beside
from clew.runtime.errors import CorruptionError

_FORM = re.compile(rb"(clew-spool 1 ([0-9a-f]{16}) (\d{1,19}) )([0-9a-f]{8})\n")


class Place(NamedTuple):
    """Between two frames: the number of a segment, and an offset in it."""

    segment: int
    offset: int


BEGINNING = Place(0, 0)
"""Before every segment; the first one is number 1."""


def load_position(path: Path) -> Place:
    """The position in a file, the beginning where there is no file. Raises CorruptionError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return BEGINNING
    form = _FORM.fullmatch(content)
    if form is None:
        raise CorruptionError(str(path), 0, "not a position of this version")
    if int(form[4], 16) != zlib.crc32(form[1]):
        raise CorruptionError(str(path), form.start(4), "the checksum does not fit")
    return Place(int(form[2], 16), int(form[3]))


def save_position(path: Path, place: Place) -> None:
    """Make a position durable. Raises OSError; then the old one stands."""
    text = b"clew-spool 1 %016x %d " % place
    # The folder is not synced: after a power cut an older position sends again what is stored.
    write_beside(path, text + b"%08x\n" % zlib.crc32(text)).replace(path)
