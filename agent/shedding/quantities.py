"""Sizes, durations and shares as people write them in a configuration: `64MiB`, `2m`, `50%`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from clew.schema.sizes import parse_size

_DURATION = re.compile(r"(?:\d{1,15}(?:\.\d{1,9})?(?:ms|[smhd]))+", re.ASCII)
_DURATION_PART = re.compile(r"([\d.]+)(ms|[smhd])", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,9})?) ?%", re.ASCII)


def parse_duration(found: Any) -> float:
    """Seconds, to the millisecond. Raises ValueError; a number without a unit is no duration."""
    text = found.strip() if isinstance(found, str) else ""
    if not _DURATION.fullmatch(text):
        raise ValueError("a duration such as 30s, 5m or 1h30m was expected")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    if seconds < 0.001:
        raise ValueError("a duration of at least a millisecond was expected")
    return round(seconds, 3)


def format_duration(seconds: float) -> str:
    """Text that `parse_duration` reads: what is dumped has to be read again."""
    return f"{round(seconds * 1000)}ms"


def parse_share(found: Any) -> float:
    """A share, more than 0 and at most 1. Raises ValueError."""
    share = None
    if isinstance(found, int | float) and not isinstance(found, bool):
        share = float(found)
    elif isinstance(found, str) and (match := _PERCENT.fullmatch(found.strip())):
        share = float(match[1]) / 100
    if share is None or not 0 < share <= 1:
        raise ValueError("a share such as 50% or 0.5 was expected, at most 100%")
    return share


def _named(name: str) -> WithJsonSchema:
    """What the generated page calls the type."""
    return WithJsonSchema({"type": "string", "format": name})


Size = Annotated[int, BeforeValidator(parse_size), _named("size")]
"""Bytes."""
Seconds = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    _named("duration"),
]
Share = Annotated[float, BeforeValidator(parse_share), _named("share")]
