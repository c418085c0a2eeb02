"""
How often Python looks for objects that only hold each other: its garbage collector.

What is imported stays for good, and would be looked through in vain again and again: in an agent
that is busy, that is a tenth of its CPU time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 10_000
"""So many more than before make it look: Python's own 700 are fewer than the lines of one chunk. In
cycles that nobody holds any more they may keep a few MiB."""


@contextmanager
def imported_for_good() -> Iterator[None]:
    """What the block imports is never looked through; afterwards the process looks less often."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
        gc.enable()
