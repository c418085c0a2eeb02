from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.timestamps import format_rfc3339
from clew.search.times import LATEST, parse_duration, parse_moment, parse_time

NOW = 1_700_000_000_000_000_000
SECOND = 1_000_000_000

TIMES = {
    "now": NOW,
    " NOW ": NOW,
    "90s": NOW - 90 * SECOND,
    "15m": NOW - 900 * SECOND,
    "2h": NOW - 7200 * SECOND,
    "7d": NOW - 7 * 86_400 * SECOND,
    "1w": NOW - 7 * 86_400 * SECOND,
    "now-1h": NOW - 3600 * SECOND,
    "now - 1H": NOW - 3600 * SECOND,
    "999999999w": 0,
    "2023-01-29": 1674950400 * SECOND,
    "2023-01-29 08:42": 1674981720 * SECOND,
    "2023-01-29T08:42": 1674981720 * SECOND,
    "2023-01-29T08:42:09": 1674981729 * SECOND,
    "2023-01-29 08:42:09.5": 1674981729 * SECOND + SECOND // 2,
    "2023-01-29T08:42:09.736442008Z": 1674981729736442008,
    "2023-01-29T10:42:09+02:00": 1674981729 * SECOND,
}


@pytest.mark.parametrize("text", TIMES)
def test_time(text: str):
    """Each way to write a time is this moment."""
    assert parse_time(text, NOW) == TIMES[text]


@pytest.mark.parametrize("text", ["", "tomorrow", "15", "15 min", "now+1h", "2023-13-01", "٥m"])
def test_no_time(text: str):
    """What is no time is answered with what is accepted."""
    with pytest.raises(ValueError, match=r"^not a time: .*`2023-01-29`.*`15m`"):
        parse_time(text, NOW)


@pytest.mark.parametrize("text", ["1969-12-31", "2300-01-01", "9999-12-31T23:59:59Z"])
def test_time_out_of_range(text: str):
    """A time that no store can hold is refused."""
    with pytest.raises(ValueError, match="not between 1970 and 2262"):
        parse_time(text, NOW)


@given(st.integers(0, LATEST - SECOND))
def test_what_is_formatted_is_parsed(nanoseconds: int):
    """A time that clew printed is the same time when pasted."""
    assert parse_time(format_rfc3339(nanoseconds), NOW) == nanoseconds


def test_moment_spans_what_was_written():
    """A day is all of its nanoseconds, an instant one."""
    assert parse_moment("1970-01-01", NOW) == (0, 86_400 * SECOND - 1)
    assert parse_moment("1970-01-01T00:00:00.0Z", NOW) == (0, 0)


def test_duration():
    """Durations are nanoseconds, and anything else is refused with what is accepted."""
    assert parse_duration("250ms") == 250_000_000
    assert parse_duration("2h") == 7200 * SECOND
    with pytest.raises(ValueError, match="`250ms`"):
        parse_duration("2 weeks")
