"""What is joined depends on the bytes of a file alone, not on how it is read."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.framing import cri, docker
from agent.framing.formats import Frame
from agent.framing.framed import Origin
from agent.framing.joining import (
    JOINED_BYTES,
    STDERR,
    STDOUT,
    Framed,
    Position,
    add_piece,
    close_unfinished,
)
from clew.schema.line import Flag
from tests.support.framing import rows_of
from tests.support.log_files import START, cri_line, docker_line

STREAMS = ("stdout", "stderr")
streams = st.sampled_from(STREAMS)
times = st.integers(START, START + 3)
texts = st.text(max_size=20).filter(lambda text: "\n" not in text)
contents = st.binary(max_size=20).filter(lambda content: b"\n" not in content)
garbage = contents.map(lambda content: content + b"\n")

cri_files = st.lists(
    st.builds(cri_line, times, streams, st.sampled_from(["F", "P", "F:x", "P:x"]), contents)
    | garbage,
    max_size=30,
)
docker_files = st.lists(
    st.builds(
        docker_line, times, streams, st.builds(str.__add__, texts, st.sampled_from(["", "\n"]))
    )
    | garbage,
    max_size=30,
)
files = st.tuples(st.just(cri.frame), cri_files) | st.tuples(st.just(docker.frame), docker_files)


def through_a_checkpoint(position: Position) -> Position:
    return msgspec.json.decode(msgspec.json.encode(position), type=Position)


@given(files, st.data())
def test_chunks_do_not_matter(file: tuple[Frame, list[bytes]], data: st.DataObject):
    """In one go or in any chunks, with a crash after each: the same lines, the same position."""
    frame, physical = file
    whole = Position()
    expected = rows_of(frame(b"".join(physical), whole))
    cuts = data.draw(st.sets(st.integers(0, len(physical))), "cuts")
    position, lines = Position(), []
    for start, end in pairwise(sorted(cuts | {0, len(physical)})):
        lines += rows_of(frame(b"".join(physical[start:end]), position))
        position = through_a_checkpoint(position)
    assert lines == expected
    assert position == whole


@given(files)
def test_every_physical_line_is_accounted_for(file: tuple[Frame, list[bytes]]):
    """Each is in one line, or still open; offsets are those of physical lines, each once."""
    frame, physical = file
    position = Position()
    lines = rows_of(frame(b"".join(physical), position))
    assert sum(line.pieces for line in lines) + position.pieces_open == len(physical)
    starts = {sum(map(len, physical[:number])) for number in range(len(physical))}
    offsets = [line.offset for line in lines] + [line.offset for line in position.open.values()]
    assert len(set(offsets)) == len(offsets)
    assert set(offsets) <= starts


@given(st.lists(st.tuples(streams, st.lists(contents, min_size=1, max_size=4))), st.randoms())
def test_what_was_cut_is_whole_again(written: list[tuple[str, list[bytes]]], chance):
    """Lines of two streams, cut into pieces and shuffled together, come out as they went in."""
    queues = {
        stream: [
            cri_line(START, stream, "F" if number == len(pieces) else "P", piece)
            for its_stream, pieces in written
            if its_stream == stream
            for number, piece in enumerate(pieces, 1)
        ]
        for stream in STREAMS
    }
    order = [stream for stream, queue in queues.items() for _ in queue]
    chance.shuffle(order)
    file = b"".join(queues[stream].pop(0) for stream in order)
    lines = rows_of(cri.frame(file, Position()))
    for output, stream in ((STDOUT, "stdout"), (STDERR, "stderr")):
        assert [line.content for line in lines if line.output == output] == [
            b"".join(pieces) for its_stream, pieces in written if its_stream == stream
        ]


def test_a_copy_of_a_position_is_its_own():
    """What is read on behind a position leaves the position as it was."""
    position = Position()
    add_piece(position, STDOUT, START, b"one", last=False)
    copy = position.copy()
    assert copy == position
    add_piece(copy, STDOUT, START, b"two", last=False)
    assert position.open[STDOUT].content == b"one"
    assert position.pieces_open == 1


@pytest.mark.parametrize("output", [STDOUT, STDERR])
def test_an_unfinished_line(output: int):
    """What is waited for no longer goes without its rest, and says so."""
    position = Position(offset=7)
    add_piece(position, output, START, b"half", last=False)
    assert close_unfinished(position, output) == Framed(
        7, START, output, 1, b"half", flags=Flag.UNFINISHED
    )
    assert position.open == {}


whole_files = st.tuples(
    st.just(cri),
    st.lists(st.builds(cri_line, times, streams, st.sampled_from("FFFP"), contents), max_size=30),
) | st.tuples(
    st.just(docker),
    st.lists(st.builds(docker_line, times, streams, texts.map("{}\n".format) | texts), max_size=30),
)
odd_files = st.tuples(st.just(cri), cri_files) | st.tuples(st.just(docker), docker_files)


@given(whole_files | odd_files, st.data())
def test_a_chunk_at_one_go_and_one_by_one(file, data: st.DataObject):
    """However a chunk is taken apart: the same lines, and the same position behind them."""
    runtime, physical = file
    at_once, one_by_one = Position(5, 3), Position(5, 3)
    cut = data.draw(st.integers(0, len(physical)), "cut")
    for chunk in (b"".join(physical[:cut]), b"".join(physical[cut:])):
        lines = rows_of(runtime.frame(chunk, at_once))
        assert lines == runtime.frame_one_by_one(chunk, one_by_one)
        assert at_once == one_by_one


def test_a_line_without_an_end_over_a_rotation_says_where_it_begins():
    """Its parts are quarantined; those in the next file name the file that the line begins in."""
    older = Origin("older", "/var/log/0.log.1")
    first = Position(offset=7)
    add_piece(first, STDOUT, START, b"x" * JOINED_BYTES, last=False)
    second = first.carried_from(older)
    [part] = add_piece(second, STDOUT, START, b"y" * JOINED_BYTES, last=False)
    assert (part.origin, part.offset) == (older, 7)
    second.offset = 9
    third = through_a_checkpoint(second).carried_from(Origin("younger", "/var/log/0.log"))
    [more, last] = add_piece(third, STDOUT, START, b"z", last=True)
    assert more.origin == Origin("younger", "/var/log/0.log")
    assert last.origin is None
    for each in (more, last):
        assert each.rejection is not None
        assert "begins at offset 7 of /var/log/0.log.1" in each.rejection.detail
