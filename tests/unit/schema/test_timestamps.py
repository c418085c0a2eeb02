from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.timestamps import SECOND, format_rfc3339, parse_epoch, parse_rfc3339

MOMENT = 1_674_981_729
"""2023-01-29T08:42:09Z, in seconds."""

RFC3339 = {
    "2023-01-29T08:42:09Z": 0,
    "2023-01-29t08:42:09z": 0,
    "2023-01-29 08:42:09Z": 0,
    "2023-01-29T08:42:09.7Z": 700_000_000,
    "2023-01-29T08:42:09,736Z": 736_000_000,
    "2023-01-29T08:42:09.7364420Z": 736_442_000,
    "2023-01-29T08:42:09.736442008Z": 736_442_008,
    "2023-01-29T08:42:09.736442008999999999Z": 736_442_008,
    "2023-01-29T16:42:09.000000001+08:00": 1,
    "2023-01-29T16:42:09+0800": 0,
    "2023-01-29T02:12:09-06:30": 0,
}


@pytest.mark.parametrize(("text", "nanoseconds"), RFC3339.items())
def test_rfc3339(text: str, nanoseconds: int):
    """Every digit down to the nanosecond counts, whatever zone it is written in."""
    assert parse_rfc3339(text) == MOMENT * SECOND + nanoseconds


def test_a_leap_second_is_the_first_of_the_next_minute():
    assert parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z")


def test_the_ends_of_the_calendar():
    """A zone may lead out of the years that a datetime knows."""
    assert parse_rfc3339("0001-01-01T00:00:00+14:00") < parse_rfc3339("0001-01-01T00:00:00Z")
    assert parse_rfc3339("9999-12-31T23:59:59-14:00") > parse_rfc3339("9999-12-31T23:59:59Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1674981729",
        "2023-01-29",
        "2023-01-29T08:42:09",
        "2023-01-29 08:42:09,736",
        "2023-01-29T08:42Z",
        "2023-01-29T08:42:61Z",
        "2023-01-29T24:00:00Z",
        "2023-02-30T08:42:09Z",
        "2023-01-29T08:42:09+24:00",
        "2023-01-29T08:42:09.Z",
        "2023-01-29T08:42:09." + "1" * 19 + "Z",
        "2023-01-29T08:42:09Z ",
        "2023-01-29T08:42:09Z\n",
        "２０２３-01-29T08:42:09Z",
    ],
)
def test_no_rfc3339(text: str):
    """Without a zone nobody knows what a clock means; what is no time at all is no time either."""
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar's own errors are among them
        parse_rfc3339(text)


@given(st.integers(0, 2**63 - 1))
def test_there_and_back(nanoseconds: int):
    """Formatting keeps every nanosecond, with nine digits always."""
    text = format_rfc3339(nanoseconds)
    assert len(text) == len("2023-01-29T08:42:09.736442008Z")
    assert parse_rfc3339(text) == nanoseconds


@given(st.integers(0, 2**63 // SECOND - 1))
def test_as_the_calendar_has_it(seconds: int):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert parse_rfc3339(moment.isoformat()) == seconds * SECOND


EPOCHS = {
    "1674981729": 0,
    "1674981729.7": 700_000_000,
    "1674981729.736442": 736_442_000,
    "1674981729.7364420089": 736_442_008,
    "1674981729736": 736_000_000,
    "1674981729736.4": 736_400_000,
    "1674981729736442": 736_442_000,
    "1674981729736442.008": 736_442_008,
    "1674981729736442008": 736_442_008,
}


@pytest.mark.parametrize(("text", "nanoseconds"), EPOCHS.items())
def test_epoch(text: str, nanoseconds: int):
    """A number's size says whether it counts seconds, milliseconds, micro- or nanoseconds."""
    assert parse_epoch(text) == MOMENT * SECOND + nanoseconds


@pytest.mark.parametrize("text", ["", "-1", "1e9", ".5", "1.", "1_000", "1" * 20, "١", "7 "])
def test_no_epoch(text: str):
    """What is not digits with or without a fraction is no time."""
    with pytest.raises(ValueError, match="not a number"):
        parse_epoch(text)
