r"""
Where in a file the lines begin that were written after a time.

A file can be cut off and written on: what was read of it is gone in part, and something else stands
in its place. A runtime writes its clock's time into every line, so what is newer than the last line
that was read was not read yet:

    |-- older lines --|-- half of one --|-- newer lines --|
                                        place

Where a line was cut in two, the next one stands directly behind its first half. Not told: lines
that a clock which was set back calls older.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agent.framing.times import runtime_time

WINDOW_BYTES = 1024 * 1024
"""So much is looked at together, from the end of the file on: most often a few lines are new."""
LINE_BYTES = 128 * 1024
"""Longer than a piece of 16 KiB with everything in it escaped; of longer lines no time is seen."""

_CRI = re.compile(rb"(?:^|(?<=\n))([^ \n]{20,40}) std(?:out|err) [FP][ :]")
_GLUED = re.compile(rb"(?=(\d{4}-\d\d-\d\dT[^ \n]{9,29}) std(?:out|err) [FP][ :])")
_DOCKER = re.compile(rb'(?:^|(?<=\n))\{[^\n]*"time":"([^"\n]+)"\}\n')

ReadBytes = Callable[[int, int], bytes]
"""Up to so many bytes of the file, from a place on."""


def find_newer(read: ReadBytes, size: int, time: int, first_line: bytes) -> int:
    """
    The place of the first line that is newer than `time`, or `size` where there is none.

    `first_line` tells which runtime wrote the file. Raises what `read` raises.
    """
    lines = _DOCKER if first_line.lstrip(b"\0").startswith(b"{") else _CRI
    newer = end = size
    while end > 0:
        start = max(0, end - WINDOW_BYTES)
        before = min(start, 1)  # the newline, if a line begins here
        stretch = read(start - before, before + end - start + LINE_BYTES)
        for at, written in reversed(list(_times(lines, stretch, before))):
            place = at + start - before
            if place < end and written <= time:
                return _behind(read, place, newer, time)
            newer = min(newer, place)
        end = start
    return newer


def _times(pattern: re.Pattern[bytes], stretch: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Places of lines, and their times, of those that have one."""
    for match in pattern.finditer(stretch, start):
        try:
            yield match.start(), runtime_time(match[1])
        except ValueError:
            continue


def _behind(read: ReadBytes, start: int, newer: int, time: int) -> int:
    """Behind the last older line, or within it, if that was cut in two."""
    stretch = read(start, min(newer - start, LINE_BYTES))
    end = stretch.find(b"\n") + 1 or newer - start
    return start + next((at for at, written in _times(_GLUED, stretch, 1) if written > time), end)
