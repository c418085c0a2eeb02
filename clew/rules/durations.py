"""Durations as Prometheus writes them: `30s`, `5m`, `1h30m`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import promql_parser
from pydantic import BeforeValidator, PlainSerializer

from clew.schema.timestamps import SECOND


def parse_duration(text: Any) -> int:
    """Nanoseconds. Raises ValueError; a number without a unit is no duration."""
    if text == 0 and text is not False:
        return 0
    if not isinstance(text, str) or (text.isdigit() and text != "0"):
        raise ValueError("a duration such as 30s, 5m or 1h30m was expected")
    if text in {"0", "0s"}:
        return 0
    try:
        parsed: timedelta = promql_parser.parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("a duration such as 30s, 5m or 1h30m was expected") from error
    return parsed // timedelta(microseconds=1) * (SECOND // 1_000_000)


def format_duration(nanoseconds: int) -> str:
    """`1h30m` of nanoseconds."""
    if nanoseconds == 0:
        return "0s"
    return promql_parser.display_duration(timedelta(microseconds=nanoseconds // 1000))


def _checked(value: Any) -> int:
    return value if type(value) is int and value >= SECOND else parse_duration(value)


Duration = Annotated[int, BeforeValidator(_checked), PlainSerializer(format_duration)]
"""Nanoseconds in code, a text in files."""
