"""
The order of lines: by time, and within one instant as they stand in their file.

The same order as a store's, so that a page of a search and a transaction agree.
"""

from __future__ import annotations

from clew.schema.fields import GENERATION, OFFSET, TIMESTAMP
from clew.schema.timestamps import parse_rfc3339
from clew.transaction.model import Source


def time_of(source: Source) -> int:
    """Unix nanoseconds of a line; every document has a timestamp."""
    return parse_rfc3339(source[TIMESTAMP])


def place(source: Source) -> tuple[int, str, int]:
    return time_of(source), source.get(GENERATION, ""), source.get(OFFSET, 0)
