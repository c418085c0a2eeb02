"""What Docker's json-file driver writes, and what stands in such a file after a crash."""

from __future__ import annotations

import pytest

from agent.framing.docker import frame
from agent.framing.joining import STDERR, STDOUT, Framed, Position
from clew.schema.line import Flag
from clew.schema.rejection import Reason
from tests.support.framing import rows_of
from tests.support.log_files import START, docker_line

LATER = START + 1


def framed(chunk: bytes) -> list[Framed]:
    position = Position()
    lines = rows_of(frame(chunk, position))
    assert position.offset == len(chunk)
    return lines


def contents(chunk: bytes) -> list[tuple[int, bytes, int]]:
    return [(line.output, line.content, line.flags) for line in framed(chunk)]


def test_lines():
    """A line has the time at its end, its stream, and where it begins."""
    one, two = docker_line(START, "stdout", "one\n"), docker_line(LATER, "stderr", "two\n")
    assert framed(one + two) == [
        Framed(0, START, STDOUT, 1, b"one"),
        Framed(len(one), LATER, STDERR, 1, b"two"),
    ]


def test_attributes():
    """What `--log-opt labels` and `tag` add is passed over."""
    chunk = docker_line(START, "stdout", "text\n", attrs={"tag": "a", "labels": {"b": "c"}})
    assert contents(chunk) == [(STDOUT, b"text", 0)]


def test_interleaved_pieces():
    """Pieces of the two streams stand in between each other, and are joined each on their own."""
    chunk = (
        docker_line(START, "stdout", "1")
        + docker_line(LATER, "stderr", "2\n")
        + docker_line(START, "stdout", "3")
        + docker_line(START, "stdout", "4\n")
    )
    first = len(docker_line(START, "stdout", "1"))
    assert framed(chunk) == [
        Framed(first, LATER, STDERR, 1, b"2"),
        Framed(0, START, STDOUT, 3, b"134"),
    ]


def test_the_length_of_a_piece_says_nothing():
    """A whole line may be as long as a piece, and a piece may be short."""
    chunk = docker_line(START, "stdout", "x" * 16383 + "\n") + docker_line(START, "stdout", "y\n")
    assert contents(chunk) == [(STDOUT, b"x" * 16383, 0), (STDOUT, b"y", 0)]


@pytest.mark.parametrize("following", ["next\n", "next"])
def test_a_piece_without_its_rest(following: str):
    """Pieces of a line share their time: one that is followed by another time ends where it is."""
    lost = docker_line(START, "stdout", "half a line")
    chunk = lost + docker_line(LATER, "stdout", following) + docker_line(LATER, "stdout", "\n")
    first, second = framed(chunk)[:2]
    assert first == Framed(0, START, STDOUT, 1, b"half a line", flags=Flag.UNFINISHED)
    assert (second.offset, second.time, second.content) == (len(lost), LATER, b"next")


def test_a_piece_of_the_other_stream_ends_nothing():
    chunk = (
        docker_line(START, "stdout", "half")
        + docker_line(LATER, "stderr", "half")
        + docker_line(START, "stdout", " a line\n")
        + docker_line(LATER, "stderr", " an error\n")
    )
    assert contents(chunk) == [(STDOUT, b"half a line", 0), (STDERR, b"half an error", 0)]


@pytest.mark.parametrize(
    "line",
    [
        b'{"log":"cut in the mid',
        b'dle of nowhere\\n","stream":"stdout","time":"2023-01-29T08:42:09Z"}',
        b'{"log":"a\\n","stream":"stdout","time":"2023-01-29T08:42:09Z"}{"log":"b\\n","str',
        b'{"stream":"stdout","time":"2023-01-29T08:42:09Z"}',
        b'{"log":"no time\\n","stream":"stdout"}',
        b'{"log":"a\\n","stream":"stdout","time":"yesterday"}',
        b'{"log":"a\\n","stream":"stdout","time":"9999-01-01T00:00:00.5Z"}',
        b'{"log":"\xff\\n","stream":"stdout","time":"2023-01-29T08:42:09Z"}',
        b'{"log":"\\ud800\\n","stream":"stdout","time":"2023-01-29T08:42:09Z"}',
        b'{"log":17,"stream":"stdout","time":"2023-01-29T08:42:09Z"}',
        b'{"attrs":' + b"[" * 100_000,
        b'["log"]',
        b"\0" * 512,
        b"",
        b"2023-01-29T08:42:09.736442008Z stdout F CRI",
    ],
)
def test_a_line_that_docker_does_not_write(line: bytes):
    """It is rejected whole, with the time of the line before, and harms neither neighbour."""
    before, after = (
        docker_line(START, "stdout", "before\n"),
        docker_line(LATER, "stdout", "after\n"),
    )
    first, bad, last = framed(before + line + b"\n" + after)
    assert (first.content, last.content) == (b"before", b"after")
    assert (bad.offset, bad.time, bad.content) == (len(before), START, line)
    assert bad.rejection is not None
    assert bad.rejection.reason is Reason.BAD_FRAMING


def test_an_empty_log():
    """It has no newline, so it is a piece, if an empty one."""
    chunk = docker_line(START, "stdout", "") + docker_line(START, "stdout", "text\n")
    assert contents(chunk) == [(STDOUT, b"text", 0)]
    assert contents(docker_line(START, "stdout", "\n")) == [(STDOUT, b"", 0)]


@pytest.mark.parametrize("text", ["от", "\0", "\r", 'a "quote"', "two\nlines", "\u2028", "😀"])
def test_content_is_what_the_application_wrote(text: str):
    """JSON's escapes are taken off; a newline that is not at the end is content."""
    assert contents(docker_line(START, "stdout", f"{text}\n")) == [(STDOUT, text.encode(), 0)]


def test_a_line_without_a_stream_is_stdout():
    chunk = b'{"log":"text\\n","time":"2023-01-29T08:42:09Z"}\n'
    assert contents(chunk) == [(STDOUT, b"text", 0)]
