"""
Times and durations as people type them.

A time without a zone is UTC, as everything on clew's pages is.
"""

from __future__ import annotations

import re

from clew.schema.timestamps import SECOND, parse_rfc3339

MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
LATEST = 2**63 - 1
"""Stores keep nanoseconds in 64 bits: 11 April 2262."""

ACCEPTED = (
    "`2023-01-29T08:42:09Z`, `2023-01-29`, `2023-01-29 08:42` (UTC), "
    "`now`, or how long ago: `90s`, `15m`, `2h`, `7d`, `1w`, `now-1h`"
)

_AGO = re.compile(r"(?:now\s*-\s*)?(\d{1,9})\s*([smhdw])", re.ASCII | re.IGNORECASE)
_AGO_UNITS = {"s": SECOND, "m": MINUTE, "h": 60 * MINUTE, "d": DAY, "w": 7 * DAY}

_DURATION = re.compile(r"(\d{1,19})(ns|us|µs|ms|s|m|h)", re.ASCII)
_DURATION_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": MINUTE,
    "h": 60 * MINUTE,
}

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MINUTE = re.compile(rf"{_DATE.pattern}[T ]\d\d:\d\d", re.ASCII)
_WITHOUT_ZONE = re.compile(rf"{_MINUTE.pattern}:\d\d(?:\.\d{{1,9}})?", re.ASCII)


def parse_time(text: str, now: int) -> int:
    """
    Unix nanoseconds of a time as typed: absolute, `now`, or how long before `now`.

    Raises ValueError, which says what is accepted.
    """
    return parse_moment(text.strip(), now)[0]


def parse_moment(text: str, now: int) -> tuple[int, int]:
    """
    First and last nanosecond of a time as typed: a day, a minute, a second, or one instant.

    Raises ValueError, which says what is accepted.
    """
    if text.lower() == "now":
        return now, now
    ago = _AGO.fullmatch(text)
    if ago is not None:
        start = max(0, now - int(ago[1]) * _AGO_UNITS[ago[2].lower()])
        return start, start
    return _parse_absolute(text)


def _parse_absolute(text: str) -> tuple[int, int]:
    if _DATE.fullmatch(text):
        full, length = f"{text}T00:00:00Z", DAY
    elif _MINUTE.fullmatch(text):
        full, length = f"{text}:00Z", MINUTE
    else:
        full = f"{text}Z" if _WITHOUT_ZONE.fullmatch(text) else text
        length = 1 if "." in text else SECOND
    try:
        start = parse_rfc3339(full)
    except ValueError:
        raise ValueError(f"not a time: {text[:60]!r}; write {ACCEPTED}") from None
    if not 0 <= start <= LATEST - length:
        raise ValueError(f"out of range: {text[:60]!r} is not between 1970 and 2262")
    return start, start + length - 1


def parse_duration(text: str) -> int:
    """Nanoseconds of `250ms`, `2s` and so on. Raises ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text[:60]!r}; write `250ms`, `2s`, `5m`")
    return int(match[1]) * _DURATION_UNITS[match[2]]
