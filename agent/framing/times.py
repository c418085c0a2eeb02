"""
What a container runtime writes as a line's time -> Unix nanoseconds, one by one or in columns.

Both ways give the same or raise the same. Seconds are worked out once and kept, since the lines of
a chunk share a few; the fraction differs from line to line.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import repeat
from operator import add

from clew.schema.timestamps import SECOND, parse_rfc3339

_LENGTHS = set(range(1, 10))
_KEPT = 4096
"""An hour's worth of seconds, and a bound for a file full of nonsense."""


def runtime_time(stamp: bytes) -> int:
    """Unix nanoseconds of a runtime's timestamp. Raises ValueError."""
    if stamp[-1:] == b"Z" and stamp[19:20] == b".":
        fraction = stamp[20:-1]
        if len(fraction) <= 9 and fraction.isdigit():
            return _second(stamp[:19]) + int(fraction.ljust(9, b"0"))
    return _in_range(parse_rfc3339(stamp.decode("ascii", "replace")))


def runtime_times(seconds: Iterable[bytes], fractions: Iterable[bytes], zone: bytes) -> list[int]:
    """
    Unix nanoseconds of timestamps that are taken apart: `2023-01-29T08:42:09`, and behind its
    point one to nine digits. Raises ValueError where `runtime_time` does for one of them.
    """
    known = _zone(zone)
    nanoseconds = map(int, map(bytes.ljust, fractions, repeat(9), repeat(b"0")))
    return list(map(add, map(known.__getitem__, seconds), nanoseconds))


def are_fractions(texts: list[bytes]) -> bool:
    """Whether each is one to nine digits."""
    lengths = set(map(len, texts))
    return lengths <= _LENGTHS and b"".join(texts).isdigit()


class _Seconds(dict[bytes, int]):
    """A dict instead of a cached function: a look-up in it is a third of a call."""

    def __init__(self, zone: bytes) -> None:
        super().__init__()
        self._zone = zone.decode()

    def __missing__(self, stamp: bytes) -> int:
        if b" " in stamp:  # a space ends a stamp
            raise ValueError("not a time to the second")
        if len(self) >= _KEPT:
            self.clear()
        value = self[stamp] = _in_range(parse_rfc3339(stamp.decode("ascii") + self._zone))
        return value


@lru_cache(maxsize=64)  # a node has one zone, two on the days when clocks change
def _zone(zone: bytes) -> _Seconds:
    return _Seconds(zone)


def _second(stamp: bytes) -> int:
    return _zone(b"Z")[stamp]


def _in_range(nanoseconds: int) -> int:
    """Stores keep signed 64 bits of nanoseconds, and no time before 1970."""
    if not 0 <= nanoseconds // SECOND < 2**63 // SECOND:
        raise ValueError("a time out of range")
    return nanoseconds
