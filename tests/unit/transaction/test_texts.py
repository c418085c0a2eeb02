from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.timestamps import parse_rfc3339
from clew.transaction.texts import (
    ago,
    clock_time,
    counted,
    duration,
    moment,
    number,
    per_second,
    percent,
    printable,
    said,
    since_midnight,
    size,
)

NOW = parse_rfc3339("2023-01-29T12:00:00Z")


@given(st.text())
def test_nothing_printable_can_move_a_cursor_or_turn_the_reading_direction(text: str):
    """C0 and C1 codes, delete and bidirectional marks are replaced; tab and newline stay."""
    shown = printable(text)
    assert not [c for c in shown if (ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160]
    assert not set(shown) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2069")


def test_control_characters_are_made_visible_not_left_out():
    assert printable("\x1b[31mred\x00\r\nnext\x7f") == "␛[31mred␀\nnext␡"


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0"),
        (850, "850 ns"),
        (1_210, "1.21 µs"),
        (12_400_000, "12.4 ms"),
        (999_600_000, "1000 ms"),
        (1_000_000_000, "1 s"),
        (59_900_000_000, "59.9 s"),
        (192_000_000_000, "3 m 12 s"),
        (7_500_000_000_000, "2 h 5 m"),
        (180_000_000_000_000, "2 d 2 h"),
        (-1_500_000, "-1.5 ms"),
    ],
)
def test_durations_have_about_three_digits(nanoseconds: int, text: str):
    assert duration(nanoseconds) == text


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [
        ("2023-01-29T11:59:59.5Z", "just now"),
        ("2023-01-29T11:59:57Z", "3 s ago"),
        ("2023-01-29T11:00:00Z", "1 h ago"),
        ("2023-01-01T12:00:00Z", "28 d ago"),
        ("2023-01-29T12:00:01Z", "in the future"),
    ],
)
def test_how_long_ago_is_told_in_its_largest_unit(timestamp: str, text: str):
    assert ago(timestamp, NOW) == text


def test_times_are_utc_whatever_zone_they_were_written_in():
    written = "2023-01-29T10:42:09.7364+02:00"
    assert moment(written) == "2023-01-29 08:42:09.736"
    assert clock_time(written) == "08:42:09.736"
    assert since_midnight(written, NOW) == "08:42:09"
    assert since_midnight("2023-01-28T08:42:09Z", NOW) == "2023-01-28 08:42"


def test_a_line_says_its_message_else_its_error_else_what_was_written():
    original = {"event.original": "{broken"}
    error = original | {"error.message": "refused"}
    assert said(error | {"message": "hello"}) == "hello"
    assert said(error | {"message": ""}) == "refused"
    assert said(original) == "{broken"
    assert said({}) == ""


def test_nouns_agree_with_their_numbers():
    assert [counted(n, "line") for n in (0, 1, 4000)] == ["0 lines", "1 line", "4,000 lines"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "0 %"),
        (0.032, "3.2 %"),
        (0.03, "3 %"),
        (0.0996, "10 %"),
        (1, "100 %"),
    ],
)
def test_a_share_is_told_in_percent_and_a_small_one_more_finely(share: float, text: str):
    assert percent(share) == text


def test_memory_is_counted_in_powers_of_1024_and_traffic_in_those_of_1000():
    assert [size(each) for each in (0, 1023, 1024, 8 * 1024**3, 3e18)] == [
        "0 B",
        "1023 B",
        "1 KiB",
        "8 GiB",
        "2665 PiB",
    ]
    assert [per_second(each) for each in (999, 1000, 1.25e6)] == ["999 B/s", "1 kB/s", "1.25 MB/s"]


def test_a_number_has_three_digits():
    assert [number(each) for each in (0.0, 0.426, 12.44, 118.2)] == ["0", "0.43", "12.4", "118"]
