from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.framing.joining import Position
from agent.framing.plain import frame, leading_nuls

READ_AT = 1_675_000_000_000_000_000


def framed(chunk: bytes, offset: int = 0) -> list[tuple[int, bytes]]:
    lines = frame(chunk, Position(offset), READ_AT)
    return list(zip(lines.offsets, lines.contents, strict=True))


def test_each_line_stands_at_its_offset():
    position = Position(100)
    lines = frame(b"one\n\ntwo\n", position, READ_AT, output=1)
    assert lines.offsets == [100, 104, 105]
    assert lines.contents == [b"one", b"", b"two"]
    assert lines.times == [READ_AT] * 3
    assert lines.outputs == [1] * 3
    assert (position.offset, position.time) == (109, READ_AT)


def test_the_end_of_a_line_on_windows_is_no_part_of_it():
    assert framed(b"one\r\ntwo\r\r\nt\rhree\n") == [(0, b"one"), (5, b"two\r"), (11, b"t\rhree")]


def test_nuls_before_a_line_are_passed_over():
    """A writer who keeps his offset leaves them when his file is truncated."""
    assert framed(b"\0" * 50 + b"one\ntwo\n", 7) == [(57, b"one"), (61, b"two")]
    assert framed(b"a\0b\n") == [(0, b"a\0b")]
    assert leading_nuls(b"\0\0\0") == 3


def test_a_file_that_ends_within_a_line_has_that_line():
    assert framed(b"one\ntw") == [(0, b"one"), (4, b"tw")]


@given(st.binary().map(lambda chunk: chunk + b"\n"), st.data())
def test_where_a_chunk_ends_changes_nothing(chunk: bytes, data: st.DataObject):
    cut = data.draw(st.integers(0, len(chunk)))
    cut = chunk.rfind(b"\n", 0, cut) + 1
    assert framed(chunk) == framed(chunk[:cut]) + framed(chunk[cut:], cut)
