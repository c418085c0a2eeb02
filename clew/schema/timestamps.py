"""
RFC 3339 timestamps <-> Unix nanoseconds, and what counts from 1970 in other units.

Time is an integer of nanoseconds everywhere inside clew: Go trims trailing zeros of the fraction
(`...09.73Z`), so timestamps neither sort nor compare as text, and a float or a datetime loses the
last digits.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 1_000_000_000
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3]):\d\d):(\d\d)(?:[.,](\d{1,18}))?([Zz]|[+-]\d\d:?\d\d)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NUMBER = re.compile(r"(\d{1,19})(?:\.(\d+))?", re.ASCII)
_UNITS = ((11, SECOND), (14, SECOND // 1000), (17, SECOND // 1_000_000), (19, 1))
"""Digits before the point, and the nanoseconds of the unit that has at most so many today."""


@lru_cache(maxsize=4096)
def _minute(text: str, zone: str) -> int:
    """Unix seconds of a minute; cached, since consecutive lines share it."""
    offset = "+00:00" if zone in "Zz" else zone
    moment = datetime.fromisoformat(f"{text[:10]}T{text[11:]}:00{offset}")
    return int((moment - _EPOCH).total_seconds())


def parse_rfc3339(text: str) -> int:
    """
    Unix nanoseconds of an RFC 3339 timestamp with any number of fraction digits up to 18.

    A space for the `T` and a comma for the point are taken too. Raises ValueError for anything
    else, a timestamp without a zone above all: nobody can know what it means.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 timestamp with a zone: {text[:60]!r}")
    minute, seconds, fraction, zone = match.groups()
    whole = int(seconds)
    if whole > 60:  # 60 is a leap second
        raise ValueError(f"seconds out of range: {text[:60]!r}")
    nanoseconds = int(fraction[:9].ljust(9, "0")) if fraction else 0
    return (_minute(minute, zone) + whole) * SECOND + nanoseconds


def parse_epoch(text: str) -> int:
    """
    Unix nanoseconds of a number of seconds, milliseconds, microseconds or nanoseconds since 1970.

    Its size tells the unit: below 10^11 they are seconds (until the year 5138), below 10^14
    milliseconds, and so on. Raises ValueError for anything else than digits with or without a
    fraction.
    """
    match = _EPOCH_NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"not a number of seconds or the like: {text[:60]!r}")
    whole, fraction = match.groups()
    unit = next(unit for digits, unit in _UNITS if len(whole) <= digits)
    part = int(fraction[:9].ljust(9, "0")) if fraction else 0
    return int(whole) * unit + part * unit // SECOND


@lru_cache(maxsize=4096)
def format_second(seconds: int) -> str:
    """Unix seconds as `2023-01-29T08:42:09`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def format_rfc3339(nanoseconds: int) -> str:
    """Unix nanoseconds as `2023-01-29T08:42:09.736442008Z`, always with nine digits."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    return f"{format_second(seconds)}.{fraction:09d}Z"
