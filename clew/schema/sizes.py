"""Sizes as people write them in configurations and policies: `8KiB`, `64MiB`, `1GB`."""

from __future__ import annotations

import re
from typing import Any

# Not pydantic's ByteSize: it reads `10MiB or so` as 10 MiB, and `5m` as five million.
_SIZE = re.compile(r"(\d{1,19}(?:\.\d{1,9})?) ?([a-zA-Z]{0,3})", re.ASCII)
_UNITS: dict[str, int] = {
    "": 1,
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)},
    **{f"{letter}i{b}": 1024**power for power, letter in enumerate("kmgt", 1) for b in ("", "b")},
}

MOST_BYTES = 2**63 - 1
"""What counts bytes on the wire and in the store has 64 bits."""


def parse_size(found: Any) -> int:
    """Bytes, at least 1. Raises ValueError; a number without a unit is bytes."""
    text = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
    match = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueError("a size such as 64KiB, 256MiB or 1GB was expected")
    # Whole numbers stay whole: a float has 53 bits.
    size = int(match[1]) * unit if match[1].isdigit() else round(float(match[1]) * unit)
    if not 0 < size <= MOST_BYTES:
        raise ValueError("a size of at least one byte, and less than 8 EiB, was expected")
    return size
