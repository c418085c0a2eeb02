"""
Seconds since 1970 -> `2023-01-29T08:42:09.736442Z`.

To the microsecond, which is what a record's `created` has left: a float today tells 240 nanoseconds
apart. A time that no store takes, before 1971 or after 2261, is replaced by that of now.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

_MICROSECOND = 1_000_000
_FIRST, _LAST = 31_536_000.0, 9_183_110_400.0  # 1971 to 2260, in UTC

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-7]):[0-5]\d)",
    re.ASCII,
)


def format_timestamp(seconds: object) -> str:
    """For anything that is no such number, such as None: now."""
    number: Any = seconds if _in_range(seconds) else time.time()
    whole, fraction = divmod(round(number * _MICROSECOND), _MICROSECOND)
    return f"{_format_second(whole)}.{fraction:06d}Z"


def find_timestamp(value: object) -> str | None:
    """A timestamp as somebody else wrote it, or as a number of seconds; None where it is none."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return format_timestamp(value.timestamp())
    if isinstance(value, (int, float)) and _in_range(value):
        return format_timestamp(value)
    return value if isinstance(value, str) and _storable(value) else None


def _in_range(seconds: Any) -> bool:
    # Not isinstance: an object may raise where it is asked for its class.
    return type(seconds) in {int, float} and _FIRST <= seconds < _LAST


def _storable(text: str) -> bool:
    match = _RFC3339.fullmatch(text)
    if match is None or not 1971 <= int(text[:4]) <= 2260:
        return False
    try:
        datetime.fromisoformat(match.group(1))
    except ValueError:  # the 30th of February
        return False
    return True


@lru_cache(maxsize=64)  # consecutive lines share it
def _format_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
