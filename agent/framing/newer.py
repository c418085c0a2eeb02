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
from enum import Enum, auto

from agent.framing.times import runtime_time

WINDOW_BYTES = 1024 * 1024
"""So much is looked at together, from the end of the file on: most often a few lines are new."""
LINE_BYTES = 128 * 1024
"""Longer than a piece of 16 KiB with everything in it escaped; of longer lines no time is seen."""

_CRI = re.compile(rb"(?=(\d{4}-\d\d-\d\dT[^ \n]{9,29}) std(?:out|err) [FP][ :])")
_DOCKER = re.compile(rb',"time":"([^"\n]+)"\}\Z')

ReadBytes = Callable[[int, int], bytes]
"""Up to so many bytes of the file, from a place on."""


def find_newer(read: ReadBytes, size: int, time: int, first_line: bytes) -> int:
    """
    The place of the first line that is newer than `time`, or `size` where there is none.

    `first_line` tells which runtime wrote the file; it is one of the older lines, whatever its time
    is. Raises what `read` raises.
    """
    docker = first_line.lstrip(b"\0").startswith(b"{")
    behind = end = size
    while end > 0:
        start = max(0, end - WINDOW_BYTES)
        for place, line in reversed(_lines(read, start, end)):
            age = _docker_age(line, time) if docker else _cri_age(line, time)
            if place == 0 or age is Age.OLDER:
                return behind
            if age is Age.BOTH:
                return place + _newer_half(line, time)
            behind = place
        end = start
    return behind


def _lines(read: ReadBytes, start: int, end: int) -> list[tuple[int, bytes]]:
    """What begins in a stretch of the file: places and lines, without newlines."""
    before = min(start, 1)  # the newline, if a line begins here
    place, lines = start - before, []
    for line in read(place, before + end - start + LINE_BYTES).split(b"\n"):
        if place < end and (place > start - before or not start):
            lines.append((place, line))
        place += len(line) + 1
    return lines


class Age(Enum):
    OLDER = auto()
    NEWER = auto()  # or nobody knows
    BOTH = auto()  # the half of an older line, and behind it a newer one


def _docker_age(line: bytes, time: int) -> Age:
    return Age.OLDER if any(written <= time for _, written in _times(_DOCKER, line)) else Age.NEWER


def _cri_age(line: bytes, time: int) -> Age:
    times = list(_times(_CRI, line))
    if not times or (times[0][0] == 0 and times[0][1] > time):
        return Age.NEWER  # whatever times are quoted in it
    return Age.BOTH if any(written > time for _, written in times) else Age.OLDER


def _newer_half(line: bytes, time: int) -> int:
    return next(place for place, written in _times(_CRI, line) if written > time)


def _times(pattern: re.Pattern[bytes], line: bytes) -> Iterator[tuple[int, int]]:
    """The times that a runtime may have written, and where in the line."""
    for match in pattern.finditer(line):
        try:
            yield match.start(), runtime_time(match[1])
        except ValueError:
            continue
