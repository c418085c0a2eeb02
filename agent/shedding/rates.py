"""How fast a container may be read: in lines, in bytes, or both."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeVar

from clew.schema.sizes import parse_size

Limit = TypeVar("Limit", int, float)

_LINES = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)


class Rate(NamedTuple):
    """Per second, on average; None is no limit."""

    lines: float | None = None
    bytes: int | None = None

    def stricter(self, other: Rate) -> Rate:
        """The lower limits of both: a pod may hold itself back, and not lift what holds for it."""
        return Rate(_lower(self.lines, other.lines), _lower(self.bytes, other.bytes))


UNLIMITED = Rate()


def parse_rate(text: str) -> Rate:
    """`1000` is lines per second, `1MiB` bytes per second. Raises ValueError."""
    if _LINES.fullmatch(text) and float(text) > 0:
        return Rate(lines=float(text))
    try:
        size = None if text.isdigit() else parse_size(text)
    except ValueError:
        size = None
    if size is None:
        raise ValueError("lines per second (1000) or bytes per second (1MiB) were expected")
    return Rate(bytes=size)


def _lower(one: Limit | None, other: Limit | None) -> Limit | None:
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits, default=None)
