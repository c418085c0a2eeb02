"""Whatever is done to lines that real libraries wrote, each becomes a record or is kept aside."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import fields

from clew.schema.columns.groups import columns_of
from clew.schema.columns.lines import interpret_all
from clew.schema.dialects.catalog import NUMBERS
from clew.schema.dialects.sniffing import JSON_DIALECTS, sniff_marks
from clew.schema.dialects.text_sniffing import TEXT_DIALECTS, sniff_text
from clew.schema.interpreting import interpret
from clew.schema.keeping import Quarantined
from clew.schema.line import Flag, Line
from clew.schema.record import decode_record
from clew.schema.rejection import Reason
from tests.support.libraries.case import load_cases
from tests.support.strict_json import load_strictly
from tests.support.traces import joined, lines_of

LINES = sorted(
    {line for case in load_cases() for line, _ in joined(lines_of(case.output.read_bytes()))}
)
"""Of all golden cases; a stack trace is one line with its head."""

MARKS = [
    *b'"{}[]:,=()-\\ \t\n\0',
    *(b"\\u0022", b"null", b"1e999", b"-0", b"NaN", b'""', b"{}", b"[{}]"),
]
MEMBERS = [b'"message":1,', b'"level":[],', b'"Scopes":[{"a":1}],', b'"@r":[1],', b'"event":{},']
ODD = [b"\xff", "İ".encode(), "\ud800".encode(errors="surrogatepass"), b"9" * 30, b"x" * 9000]
PIECES = st.sampled_from(
    [mark if isinstance(mark, bytes) else bytes([mark]) for mark in MARKS] + MEMBERS + ODD
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real line with pieces of it cut out, put in, or taken from another."""
    line = draw(st.sampled_from(LINES))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(line)))
        end = draw(st.integers(start, min(len(line), start + 40)))
        other = draw(st.sampled_from(LINES))
        piece = draw(PIECES | st.binary(max_size=4) | st.just(other[start:end]))
        line = line[:start] + piece + line[end:]
    return line


def check(line: Line) -> None:
    """It is JSON on one line, and as a record a store takes it: with our fields and no others."""
    found = load_strictly(line.json)
    assert b"\n" not in line.json
    if line.flags & Flag.MANY:
        for member in line.members():
            check(member)
    elif line.flags & Flag.QUARANTINED:
        assert found["clew.reason"] != Reason.UNREADABLE, found
        assert found.keys() <= {field.encode_name for field in fields(Quarantined)}
    else:
        assert decode_record(line.json) is not None
        assert 0 <= line.severity <= 24


@given(mutated() | st.binary() | st.text().map(str.encode))
def test_no_line_makes_the_schema_raise(line: bytes):
    """It becomes a record that no store makes a mapping of, or is kept aside with a reason."""
    check(interpret(line))


@given(st.lists(mutated(), min_size=1, max_size=6), st.integers(1, 3))
def test_lines_together_become_what_they_become_alone(lines: list[bytes], times: int):
    """Equal lines give equal records, whatever stands around them."""
    contents = lines * times
    assert interpret_all(contents, {}) == columns_of(map(interpret, contents))


@given(st.text("{[(\"'=: \t-|><\\0aIZ.", max_size=300).map(str.encode))
@example(b"level=" * 60)
@example(b'time=x level=y msg="' + b"\\" * 300)
def test_texts_of_marks_alone(line: bytes):
    check(interpret(line))


@pytest.mark.parametrize("dialect", TEXT_DIALECTS, ids=[each.name for each in TEXT_DIALECTS])
def test_no_line_begins_in_two_ways(dialect):
    """What a text is in depends on nothing but the text: no order decides between two dialects."""
    lead = re.compile(dialect.lead, re.ASCII)
    for line in LINES:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            continue
        if lead.match(text) and not text.startswith("{"):
            assert sniff_text(text) is dialect, text


def test_each_dialect_has_a_name_on_the_wire():
    names = {each.name for each in JSON_DIALECTS} | {each.name for each in TEXT_DIALECTS}
    assert names <= NUMBERS.keys()


def test_a_container_is_looked_at_once_for_each_of_its_shapes():
    """However many lines it writes, with whatever keys besides, a dialect is sniffed once."""
    sniff_marks.cache_clear()
    for number in range(2000):
        shape = ["pid", "hostname"][: 1 + number % 2]
        keys = "".join(f',"{name}":1' for name in (*shape, f"k{number}", f"order_{number}"))
        interpret(f'{{"level":30,"time":1674981729736,"msg":"m"{keys}}}'.encode())
    assert sniff_marks.cache_info().misses == 2


HEADS = [
    *("", "2026-11-25T23:52:19.923+04:00  INFO 7 --- [", "10:00:00 [main] INFO x -", "info: a {"),
    *("10:00:00 [main] INFO x {", "time=x level=y ", "info: X[0]\n", "10:00:00 INF ", "10:00 - "),
    'I1125 19:50:26.223428   18844 main.go:33] "a" ',
    '127.0.0.1 - - [25/Nov/2026:19:58:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-" 1 0.1 [a] [] ',
    '[2026-11-25T19:58:31.482Z] "GET / HTTP/1.1" 200 - 0 5 5 1 "-" "',
    *('{"a":NaN,"b":"', '{"@t":"a","@mt":"'),
]
FILLS = ["a=", 'a="', '"', "\\", "[", "{", " ", "(", ":", "\t", "\n", "\n at x", '\\"', "{a}", "9 "]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.timeout(20)
def test_a_long_line_of_one_mark_comes_to_an_end(head: str):
    """No expression tries every way to read a line: that would take hours for these."""
    for fill in FILLS:
        check(interpret((head + fill * (100_000 // len(fill))).encode()))
