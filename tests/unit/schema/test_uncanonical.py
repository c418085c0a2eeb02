"""What is said of a line that is not canonical."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.record import decode_canonical
from clew.schema.uncanonical import why_uncanonical
from tests.support.libraries.case import load_cases

BEGIN = '{"@timestamp":"2026-11-25T10:00:00Z","log.level":"info","message":"paid"'
REAL = [line for case in load_cases() for line in case.output.read_bytes().splitlines()]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (BEGIN + "}", ""),
        ("paid", "text, not a JSON object"),
        ("", "text, not a JSON object"),
        (BEGIN, "no JSON object"),
        (BEGIN + ',"message":NaN}', "no JSON object"),
        ('{"a":' * 20_000, "no JSON object"),
        (BEGIN + ',"order":"A-17"}', "no field of the record: order"),
        (
            '{"level":30,"msg":"x"}',
            "no fields of the record: level, msg; no log.level and no message",
        ),
        (
            BEGIN + ',"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}',
            "no fields of the record: a, b, c, d, e and 1 more",
        ),
        ('{"message":"paid"}', "no log.level"),
        (
            BEGIN + ',"http.response.status_code":"503"}',
            "http.response.status_code: Expected `int`, got `str`",
        ),
        (BEGIN + ',"labels":{"a":1}}', "labels[...]: Expected `str`, got `int`"),
        (BEGIN + ',"labels":{"":"x"}}', "a key in labels: Expected `str` of length >= 1"),
        (BEGIN + ',"labels":{"trace_id":"x"}}', "an ID among labels, not in its field: trace_id"),
        (BEGIN + ',"message":"again"}', "a key stands twice"),
        (BEGIN + "\n}", "one object over several lines"),
        (
            '{"@timestamp":"2026-11-25 10:00:00","log.level":"info","message":"paid"}',
            "@timestamp: '2026-11-25 10:00:00' is no RFC 3339 time with a zone",
        ),
    ],
)
def test_what_is_wrong_is_said(line: str, said: str):
    assert why_uncanonical(line.encode()) == said


@given(st.binary() | st.binary().map(lambda tail: BEGIN.encode() + tail) | st.sampled_from(REAL))
def test_something_is_said_of_every_line_but_canonical_ones(line: bytes):
    assert bool(why_uncanonical(line)) == (decode_canonical(line) is None)


@given(st.sampled_from(REAL), st.integers(0, 500), st.binary(max_size=4))
def test_broken_lines_are_no_trouble(line: bytes, place: int, spliced: bytes):
    broken = line[:place] + spliced + line[place + 1 :]
    assert bool(why_uncanonical(broken)) == (decode_canonical(broken) is None)
