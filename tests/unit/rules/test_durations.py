from __future__ import annotations

import pytest

from clew.rules.durations import format_duration, parse_duration
from clew.schema.timestamps import SECOND


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("5m", 300), ("1h30m", 5400), ("1d", 86_400), ("0s", 0), (0, 0)],
)
def test_durations_are_those_of_prometheus(text: str, seconds: int):
    assert parse_duration(text) == seconds * SECOND


@pytest.mark.parametrize("text", ["5", 5, "", "m", "1.5m", "-1s", "5 m", None, True, [1]])
def test_anything_else_says_what_was_expected(text: object):
    with pytest.raises(ValueError, match="such as 30s, 5m or 1h30m"):
        parse_duration(text)


def test_a_duration_is_written_as_it_is_read():
    assert format_duration(5400 * SECOND) == "1h30m"
    assert format_duration(0) == "0s"
