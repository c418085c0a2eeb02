"""What containerd and CRI-O write, and what stands in such a file when something went wrong."""

from __future__ import annotations

import pytest

from agent.framing.cri import frame
from agent.framing.joining import (
    JOINED_BYTES,
    STDERR,
    STDOUT,
    Framed,
    Position,
    close_unfinished,
)
from agent.framing.times import runtime_time
from clew.schema.line import Flag
from clew.schema.rejection import Reason
from clew.schema.timestamps import SECOND
from tests.support.framing import rows_of

TIME = b"2023-01-29T08:42:09.736442008Z"
NANOSECONDS = 1_674_981_729_736_442_008


def framed(chunk: bytes) -> list[Framed]:
    position = Position()
    lines = rows_of(frame(chunk, position))
    assert position.offset == len(chunk)
    return lines


def contents(chunk: bytes) -> list[tuple[int, bytes]]:
    return [(line.output, line.content) for line in framed(chunk)]


def test_lines():
    """A line has the runtime's time, its stream, and where it begins."""
    assert framed(TIME + b" stdout F one\n" + TIME + b" stderr F two words\n") == [
        Framed(0, NANOSECONDS, STDOUT, 1, b"one"),
        Framed(len(TIME) + 14, NANOSECONDS, STDERR, 1, b"two words"),
    ]


def test_interleaved_pieces():
    """Pieces of the two streams stand in between each other, and are joined each on their own."""
    chunk = (
        b"2023-01-29T08:42:09.1Z stdout P 1\n"
        b"2023-01-29T08:42:09.2Z stderr F 2\n"
        b"2023-01-29T08:42:09.3Z stdout P 3\n"
        b"2023-01-29T08:42:09.4Z stdout F 4\n"
    )
    second = NANOSECONDS // SECOND * SECOND
    assert framed(chunk) == [
        Framed(34, second + 200_000_000, STDERR, 1, b"2"),
        Framed(0, second + 100_000_000, STDOUT, 3, b"134"),
    ]


def test_both_streams_in_pieces():
    chunk = (
        (TIME + b" stdout P o1 \n")
        + (TIME + b" stderr P e1 \n")
        + (TIME + b" stdout F o2\n")
        + (TIME + b" stderr F e2\n")
    )
    assert contents(chunk) == [(STDOUT, b"o1 o2"), (STDERR, b"e1 e2")]


def test_an_open_line_waits_in_the_position():
    """The end of a chunk ends no line: what is open is kept, with where and when it began."""
    position = Position()
    assert rows_of(frame(TIME + b" stdout P half\n", position)) == []
    assert (position.open[STDOUT].offset, bytes(position.open[STDOUT].content)) == (0, b"half")
    assert position.pieces_open == 1
    (line,) = rows_of(frame(b"2023-01-29T08:42:10Z stdout F  a line\n", position))
    assert line == Framed(0, NANOSECONDS, STDOUT, 2, b"half a line")
    assert position.open == {}


@pytest.mark.parametrize("tags", [b"F", b"F:foo", b"F:foo:bar", b"F:"])
def test_more_tags(tags: bytes):
    """Tags are separated by colons, and only the first says something today."""
    assert contents(TIME + b" stdout " + tags + b" text\n") == [(STDOUT, b"text")]


def test_more_tags_on_a_piece():
    chunk = TIME + b" stdout P:foo one \n" + TIME + b" stdout F:foo line\n"
    assert contents(chunk) == [(STDOUT, b"one line")]


@pytest.mark.parametrize(
    "line",
    [
        TIME + b" stdout 10:15 a line without a tag",
        TIME + b" stdout FATAL is no tag",
        TIME + b" stdout Processing is none either",
        TIME + b" stdout F",
        TIME + b" stdout",
        TIME + b" console F text",
        b"08:42:09 stdout F text",
        b"2023-01-29T08:42:09.7 stdout F no zone",
        b"2023-01-29T25:42:09.736442008Z stdout F no such hour",
        b"9999-12-31T23:59:59.5Z stdout F a time that no store takes",
        b"9999-12-31T23:59:59Z stdout F nor this",
        b"1969-12-31T23:59:59.5Z stdout F nor a time before all time",
        b"0001-01-01T00:00:00.5Z stdout F nor Go's zero",
        b"20230129T084209.736442008Z stdout F a stamp of another kind",
        b"\xff" * 30 + b" stdout F not even text",
        b"",
        b'{"log":"json\\n","stream":"stdout","time":"2023-01-29T08:42:09.736442008Z"}',
        b"\0" * 4096 + TIME + b" stdout F what copytruncate leaves",
    ],
)
def test_a_line_that_no_runtime_writes(line: bytes):
    """It is rejected whole, with the time of the line before, and harms neither neighbour."""
    before, after = TIME + b" stdout F before\n", TIME + b" stderr F after\n"
    first, bad, last = framed(before + line + b"\n" + after)
    assert (first.content, last.content) == (b"before", b"after")
    assert (bad.offset, bad.time, bad.content) == (len(before), NANOSECONDS, line)
    assert bad.rejection is not None
    assert bad.rejection.reason is Reason.BAD_FRAMING
    assert last.offset == len(before) + len(line) + 1


def test_a_bad_line_between_two_pieces():
    """The line around it is joined all the same."""
    chunk = TIME + b" stdout P one \n" + b"garbage\n" + TIME + b" stdout F line\n"
    assert contents(chunk) == [(STDOUT, b"garbage"), (STDOUT, b"one line")]


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b" two  spaces ", b"\r", b"text\r", b"\0\0", b"\x85\xe2\x80\xa8", b"\xd1", b"F P"],
)
def test_content_is_untouched(content: bytes):
    """Not a byte of what the application wrote is changed, whatever it is."""
    assert contents(TIME + b" stdout F " + content + b"\n") == [(STDOUT, content)]


def test_a_letter_cut_in_two():
    """Bytes are joined before anybody makes text of them."""
    chunk = TIME + b" stdout P \xd0\xbe\xd1\n" + TIME + b" stdout F \x82\n"
    assert contents(chunk) == [(STDOUT, "от".encode())]


@pytest.mark.parametrize(
    ("stamp", "nanoseconds"),
    [
        (b"2023-01-29T08:42:09.736442008Z", NANOSECONDS),
        (b"2023-01-29T08:42:09.73644Z", NANOSECONDS - 2_008),
        (b"2023-01-29T08:42:09.7Z", NANOSECONDS - 36_442_008),
        (b"2023-01-29T08:42:09Z", NANOSECONDS - 736_442_008),
        (b"2023-01-29T08:42:09.736442008+00:00", NANOSECONDS),
        (b"2023-01-28T22:42:09.736442008-10:00", NANOSECONDS),
        (b"2023-01-29T14:12:09.7+05:30", NANOSECONDS - 36_442_008),
        (b"1970-01-01T00:00:00Z", 0),
        (b"2262-04-11T23:47:15.999999999Z", 9_223_372_035_999_999_999),
    ],
)
def test_times(stamp: bytes, nanoseconds: int):
    """Go trims zeros from the fraction, and CRI-O writes the node's zone."""
    assert runtime_time(stamp) == nanoseconds
    (line,) = framed(stamp + b" stdout F text\n")
    assert line.time == nanoseconds


def test_a_line_without_an_end():
    """Pieces are joined up to a bound; beyond it each part says which bytes of the line it is."""
    piece = TIME + b" stdout P " + b"x" * (JOINED_BYTES // 2) + b"\n"
    after = TIME + b" stdout F after\n"
    lines = framed(after + piece * 5 + TIME + b" stdout F the end\n" + after)
    begin, step, bound = len(after), 2 * len(piece), JOINED_BYTES
    assert [(line.offset, line.pieces, len(line.content)) for line in lines[1:-1]] == [
        (begin, 2, bound),
        (begin + step, 2, bound),
        (begin + 2 * step, 2, bound // 2 + 7),
    ]
    of_line = f"of the line that begins at offset {begin}"
    assert [line.rejection for line in lines] == [
        None,
        (Reason.TOO_LONG, "", f"bytes 1 to {bound} {of_line}, and goes on"),
        (Reason.TOO_LONG, "", f"bytes {bound + 1} to {2 * bound} {of_line}, and goes on"),
        (
            Reason.TOO_LONG,
            "",
            f"bytes {2 * bound + 1} to {2 * bound + bound // 2 + 7} {of_line}, its last",
        ),
        None,
    ]


def test_a_line_as_long_as_may_be_joined_is_one():
    """Its last piece may bring it over the bound."""
    piece = TIME + b" stdout P " + b"x" * (JOINED_BYTES - 1) + b"\n"
    [line] = framed(piece + TIME + b" stdout F the end\n")
    assert (len(line.content), line.rejection) == (JOINED_BYTES + 6, None)


def test_what_goes_on_and_never_ends():
    """Given up, the part that is there says so; the part before it went already."""
    position = Position()
    piece = TIME + b" stdout P " + b"x" * JOINED_BYTES + b"\n"
    [first] = rows_of(frame(piece * 2, position))
    last = close_unfinished(position, STDOUT)
    assert (first.offset, last.offset) == (0, len(piece))
    assert last.flags == Flag.UNFINISHED
    assert last.rejection is not None
    assert last.rejection.detail.endswith("of the line that begins at offset 0, its end never came")
