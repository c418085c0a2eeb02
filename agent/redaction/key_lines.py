"""
Private keys that were printed over many lines, each of which is a line of the log.

A body is looked for from the line with BEGIN onwards and from the line with END backwards, so that
a key which was cut in two by the end of a chunk is found from both of its ends. Lines of the other
stream may stand between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

FARTHEST = 400
"""Lines from BEGIN to END: a key of 16,384 bits has 200, and as many others may stand between."""

_MARK = re.compile(rb"-----(BEGIN|END) (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
# A full line has 64 characters, OpenSSH's 70. The last one may be short: it stands before END.
_FULL = re.compile(rb"\s*[A-Za-z0-9+/]{40,76}={0,2}\s*")
_SHORT = re.compile(rb"\s*[A-Za-z0-9+/]{2,76}={0,2}\s*")


def body_places(lines: Sequence[bytes], place: int) -> Iterator[int]:
    """Where the lines of a key's body stand, if the line at `place` is its first or last one."""
    marks = [match[1] for match in _MARK.finditer(lines[place])]
    if marks == [b"BEGIN"]:
        yield from _body(lines, range(place + 1, min(place + FARTHEST, len(lines))))
    elif marks == [b"END"]:
        if place and _SHORT.fullmatch(lines[place - 1]):
            yield place - 1
        yield from _body(lines, range(place - 2, max(place - FARTHEST, 0) - 1, -1))


def _body(lines: Sequence[bytes], places: range) -> Iterator[int]:
    for place in places:
        if _FULL.fullmatch(lines[place]):
            yield place
        elif _MARK.search(lines[place]):
            return
