"""From a file's bytes to ranges: what is read, what waits, and what comes back after a crash."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent.accounts import Account
from agent.checkpoint import Progress
from agent.files import FileChangedError, look_at
from agent.follower import CHUNK_BYTES, PHYSICAL_LINE_BYTES, Follower
from agent.framing.joining import JOINED_BYTES
from agent.ranges import Range
from agent.reading import Reading
from agent.sources.kubernetes import Kubernetes
from clew.schema.line import Flag
from clew.schema.rejection import Reason
from clew.wire.batch import PartAnswer
from tests.support.framing import rows_of
from tests.support.log_files import LogWriter

PIECE_BYTES = 16 * 1024


@pytest.fixture
def log(tmp_path: Path):
    log = LogWriter(tmp_path / "pods")
    yield log
    log.close()


def follow(log: LogWriter, progress: Progress | None = None) -> Follower:
    """A follower of the one file there is, from the start or from where another one was."""
    (file,) = Kubernetes([log.folder.parent.parent], "here").files()
    sighting = look_at(file)
    assert sighting is not None
    follower = Follower(
        sighting.generation, progress or Progress(file), Account("shop", "cart-0", "cart")
    )
    follower.found(file, sighting.size, now=0.0)
    return follower


def restarted(follower: Follower, log: LogWriter) -> Follower:
    """The follower that a new process makes out of the checkpoint and the outbox."""
    encoded = msgspec.json.encode(follower.progress())
    again = follow(log, msgspec.json.decode(encoded, type=Progress))
    for part in follower.ranges:
        assert again.adopt(msgspec.msgpack.decode(msgspec.msgpack.encode(part), type=Range))
    return again


def store(follower: Follower, reading: Reading) -> None:
    """What an answer to it does."""
    part = reading.range
    part.answer = PartAnswer(part.after.offset, part.records)
    follower.pass_stored()


def look(follower: Follower) -> None:
    sighting = look_at(follower.file)
    assert sighting is not None
    follower.found(follower.file, sighting.size, now=0.0)


def read(follower: Follower, *, close: bool = False) -> Reading:
    reading = follower.read(close=close, end_groups=True)
    assert reading is not None
    return reading


def read_all(follower: Follower) -> list[Reading]:
    """Everything up to the last newline, stored as it is read."""
    readings = []
    while (reading := follower.read(close=False, end_groups=True)) is not None:
        store(follower, reading)
        readings.append(reading)
    return readings


def test_a_range_ends_with_a_line(log: LogWriter):
    """What stands behind the last newline is no line yet; later it is read under its offset."""
    log.write(b"one")
    start = log.append(b"2023-01-29T08:42:09.7Z std")
    follower = follow(log)
    reading = read(follower)
    assert (reading.range.start, reading.range.after.offset) == (0, start)
    store(follower, reading)
    last = read(follower)
    assert [line.content for line in rows_of(last.lines)] == [b"one"]
    store(follower, last)
    assert follower.read(close=False, end_groups=True) is None
    assert follower.unread_bytes == 26
    log.append(b"out F two\n")
    look(follower)
    (line,) = rows_of(read(follower).lines)
    assert (line.offset, line.content) == (start, b"two")


def test_the_position_moves_when_a_range_is_stored(log: LogWriter):
    """Reading goes ahead of it; what was read is not read again."""
    log.write(b"one")
    follower = follow(log)
    first = read(follower)
    assert follower.read(close=False, end_groups=True) is None
    log.write(b"two")
    look(follower)
    second = read(follower)
    assert [line.content for line in rows_of(second.lines)] == [b"two"]
    assert (follower.position.offset, follower.unread_bytes) == (0, follower.size)
    store(follower, first)
    assert follower.position == first.range.after
    assert follower.in_flight_bytes == second.range.size_bytes


def test_answers_out_of_order(log: LogWriter):
    """The position waits for the first range, and then passes both."""
    follower, readings = follow_three(log)
    first, second, third = readings
    store(follower, second)
    store(follower, third)
    assert (follower.position.offset, len(follower.ranges)) == (0, 3)
    assert [part.passed for part in follower.ranges] == [False, False, False]
    store(follower, first)
    assert (follower.position, list(follower.ranges)) == (third.range.after, [])


def follow_three(log: LogWriter) -> tuple[Follower, list[Reading]]:
    """A follower that has three ranges in flight."""
    log.write(b"one")
    follower = follow(log)
    readings = [read(follower)]
    for text in (b"two", b"three"):
        log.write(text)
        look(follower)
        readings.append(read(follower))
    return follower, readings


def test_what_could_not_be_written_down_is_read_again(log: LogWriter):
    """The same lines, the newest range first."""
    log.write(b"one")
    follower = follow(log)
    first = read(follower)
    follower.unread(first)
    assert (follower.head.offset, list(follower.ranges)) == (0, [])
    assert read(follower).lines == first.lines


def test_ranges_in_flight_outlive_a_crash(log: LogWriter):
    """They come back out of the outbox as they were cut, and reading goes on behind them."""
    follower, readings = follow_three(log)
    store(follower, readings[0])
    log.write(b"four")
    again = restarted(follower, log)
    assert [part.start for part in again.ranges] == [each.range.start for each in readings[1:]]
    assert [line.content for line in rows_of(read(again).lines)] == [b"four"]


def test_a_range_that_was_passed_is_not_taken_back(log: LogWriter):
    """The checkpoint knows more than the outbox, whose slots are used again later."""
    follower, readings = follow_three(log)
    for reading in readings[:2]:
        store(follower, reading)
    again = follow(log, follower.progress())
    assert [again.adopt(each.range) for each in readings] == [False, False, True]


def test_a_hole_before_a_range_in_flight(log: LogWriter):
    """Where a slot was damaged, its range is read again, up to the next that was in flight."""
    follower, readings = follow_three(log)
    again = follow(log, follower.progress())
    for reading in (readings[2], readings[0]):
        assert again.adopt(reading.range)
    assert [line.content for line in rows_of(read(again).lines)] == [b"two"]
    assert [part.start for part in again.ranges] == [each.range.start for each in readings]
    assert again.new_bytes == 0


def test_an_open_line_outlives_a_crash(log: LogWriter):
    """Its pieces are stored with the position behind them."""
    start = log.write(b"one ", tag="P")
    follower = follow(log)
    assert [rows_of(reading.lines) for reading in read_all(follower)] == [[]]
    log.write(b"line")
    (line,) = rows_of(read(restarted(follower, log)).lines)
    assert (line.offset, line.content, line.pieces) == (start, b"one line", 2)


def test_an_open_line_is_closed_when_asked(log: LogWriter):
    """Where there is nothing more to read, and not before; its rest is a line of its own."""
    start = log.write(b"half", tag="P")
    follower = follow(log)
    assert rows_of(read(follower, close=True).lines) == []
    assert follower.read(close=False, end_groups=True) is None
    closing = read(follower, close=True)
    (line,) = rows_of(closing.lines)
    assert (line.offset, line.content, line.flags) == (start, b"half", Flag.UNFINISHED)
    assert (closing.range.size_bytes, closing.range.lines) == (0, 0)
    assert follower.read(close=True, end_groups=True) is None
    log.write(b" a line")
    look(follower)
    assert [line.content for line in rows_of(read(follower).lines)] == [b" a line"]


def test_closing_outlives_a_crash(log: LogWriter):
    """The rest comes while the closed line is in flight: it is a line of its own all the same."""
    log.write(b"half", tag="P")
    follower = follow(log)
    store(follower, read(follower))
    closing = read(follower, close=True)
    log.write(b" a line")
    again = restarted(follower, log)
    assert [part.after for part in again.ranges] == [closing.range.after]
    assert [line.content for line in rows_of(read(again).lines)] == [b" a line"]


def test_both_streams_are_closed(log: LogWriter):
    log.write(b"e", "stderr", tag="P")
    log.write(b"o", "stdout", tag="P")
    follower = follow(log)
    read_all(follower)
    assert [line.content for line in rows_of(read(follower, close=True).lines)] == [
        b"o",
        b"e",
    ]


@pytest.mark.parametrize("megabytes", [5, 20])
def test_a_long_line_in_pieces(log: LogWriter, megabytes: int):
    """Joined over many ranges, each a crash apart, it is one; beyond the bound it is cut."""
    text = bytes(range(65, 90)) * (40_000 * megabytes)
    log.write(b"before")
    starts = [
        log.write(text[at : at + PIECE_BYTES], tag="P") for at in range(0, len(text), PIECE_BYTES)
    ]
    log.write(b"")
    log.write(b"after")
    follower, lines, ranges = follow(log), [], 0
    while (reading := follower.read(close=False, end_groups=True)) is not None:
        lines += rows_of(reading.lines)
        store(follower, reading)
        follower, ranges = restarted(follower, log), ranges + 1
    assert ranges > 4
    before, *parts, after = lines
    assert (before.content, after.content) == (b"before", b"after")
    assert b"".join(part.content for part in parts) == text
    assert all(len(part.content) == JOINED_BYTES for part in parts[:-1])
    assert [part.offset for part in parts] == starts[:: JOINED_BYTES // PIECE_BYTES]
    assert sum(part.pieces for part in parts) == len(starts) + 1
    rejections = [part.rejection for part in parts]
    if megabytes == 5:
        assert rejections == [None]
        return
    assert [rejection and rejection.reason for rejection in rejections] == [Reason.TOO_LONG] * 3
    assert rejections[-1] is not None
    last = f"bytes {2 * JOINED_BYTES + 1} to {len(text)} of the line that begins at offset"
    assert rejections[-1].detail == f"{last} {starts[0]}, its last"


def test_a_physical_line_of_5_mb(log: LogWriter):
    """A range grows until it holds the line."""
    text = b"x" * (5 * 1000 * 1000)
    log.write(text)
    log.write(b"after")
    lines = [line for reading in read_all(follow(log)) for line in rows_of(reading.lines)]
    assert [line.content for line in lines] == [text, b"after"]


def test_a_physical_line_without_an_end(log: LogWriter):
    """It is cut, said to be no line, and nothing of it is lost; what follows it is intact."""
    log.write(b"before")
    start = log.append(b"x" * PHYSICAL_LINE_BYTES + b"rest\n")
    log.write(b"after")
    readings = read_all(follow(log))
    assert [reading.range.start for reading in readings] == [0, start, start + PHYSICAL_LINE_BYTES]
    before, cut, rest, after = (line for reading in readings for line in rows_of(reading.lines))
    assert (before.content, after.content) == (b"before", b"after")
    assert (cut.offset, cut.content) == (start, b"x" * PHYSICAL_LINE_BYTES)
    assert (rest.offset, rest.content) == (start + PHYSICAL_LINE_BYTES, b"rest")
    for line in (cut, rest):
        assert line.rejection is not None
        assert line.rejection.reason is Reason.BAD_FRAMING
    assert sum(reading.range.lines for reading in readings) == 4


def test_ranges_are_small(log: LogWriter):
    """A big file is read in chunks, each with whole lines."""
    for _ in range(3):
        log.append(b"2023-01-29T08:42:09.7Z stdout F " + b"x" * 600_000 + b"\n")
    readings = read_all(follow(log))
    assert [reading.range.lines for reading in readings] == [1, 1, 1]
    assert sum(len(reading.lines.offsets) for reading in readings) == 3
    assert all(reading.range.size_bytes <= CHUNK_BYTES for reading in readings)


def test_a_compressed_file(log: LogWriter):
    """What was begun in the plain file is ended in the compressed one."""
    log.write(b"one")
    follower = follow(log)
    store(follower, read(follower))
    log.write(b"two")
    log.compress(log.rename())
    assert [line.content for line in rows_of(read(restarted(follower, log)).lines)] == [b"two"]


def test_a_docker_file(log: LogWriter):
    """The runtime is told by the first line of the file, wherever in it is read on."""
    log.write_docker("one\n")
    follower = follow(log)
    read_all(follower)
    log.append(b'corrupted","stream":"stdout"\n')
    log.write_docker("two\n")
    corrupted, two = rows_of(read(restarted(follower, log)).lines)
    assert corrupted.rejection is not None
    assert (two.content, two.rejection) == (b"two", None)


def test_another_file_under_the_name(log: LogWriter):
    """It is not read for the one that is followed, open or not."""
    log.write(b"one")
    follower = follow(log)
    log.truncate()
    log.write(b"other")
    for _ in range(2):
        with pytest.raises(FileChangedError):
            follower.read(close=False, end_groups=True)
    assert list(follower.ranges) == []


def test_a_file_that_is_emptied_while_it_is_open(log: LogWriter):
    """Nothing of what stands in its place is read at the old one's offsets."""
    log.write(b"one")
    follower = follow(log)
    read(follower)
    log.truncate()
    for number in range(5):
        log.write(b"other %d" % number)
    follower.poll(1.0)
    assert follower.new_bytes == 0
    assert follower.read(close=False, end_groups=True) is None


def test_a_file_that_is_gone(log: LogWriter):
    """What was read of an open line is still sent, and needs no file; the rest is given up."""
    log.write(b"half", tag="P")
    follower = follow(log)
    read_all(follower)
    log.write(b" a line")
    look(follower)
    log.path.unlink()
    follower.let_go()
    assert follower.unread_bytes == 0
    closing = read(follower)
    assert [(line.content, line.flags) for line in rows_of(closing.lines)] == [
        (b"half", Flag.UNFINISHED)
    ]
    store(follower, closing)
    assert (follower.position.open, follower.read(close=False, end_groups=True)) == ({}, None)


def test_a_file_that_is_gone_with_a_range_in_flight(log: LogWriter):
    """The range is in the outbox, so it is not given up."""
    log.write(b"one")
    follower = follow(log)
    reading = read(follower)
    follower.let_go()
    assert follower.unread_bytes == reading.range.size_bytes
    store(follower, reading)
    assert follower.unread_bytes == 0


def test_a_file_that_shrinks_behind_what_was_read(log: LogWriter):
    """What is in flight is not taken back with the bytes."""
    log.write(b"one")
    end = log.write(b"two")
    follower = follow(log)
    reading = read(follower)
    follower.cut_off(end)
    assert (follower.size, follower.new_bytes) == (reading.range.after.offset, 0)


def test_an_open_file_that_grows(log: LogWriter):
    """It is seen without a look, and read."""
    log.write(b"one")
    follower = follow(log)
    read(follower)
    log.write(b"two")
    follower.poll(7.0)
    assert follower.grown_at == 7.0
    assert [line.content for line in rows_of(read(follower).lines)] == [b"two"]


def test_a_trace_is_joined_across_chunks_and_a_crash(log: LogWriter):
    """What may go on at the end of a range is part of the position; a quiet file ends it."""
    log.write(b"ERROR order A-17 failed")
    log.write(b"java.lang.IllegalStateException: no beans")
    log.write(b"\tat a.B.c(B.java:1)")
    follower = follow(log)
    first = follower.read(close=False)
    assert first is not None
    assert rows_of(first.lines) == []
    store(follower, first)
    assert follower.waits(follower.size)
    log.write(b"\tat a.B.d(B.java:2)")
    again = restarted(follower, log)
    second = again.read(close=False)
    assert second is not None
    store(again, second)
    (line,) = rows_of(read(again).lines)
    assert line.content.count(b"\n") == 3
    assert (line.offset, line.pieces) == (0, 4)


OBJECT = [
    b'{"log.level":"ERROR","message":"no beans","error.stack_trace":[',
    b'\t"a.b.C: x"',
    b"]}",
]


@pytest.mark.parametrize("docker", [False, True])
def test_an_object_is_joined_across_chunks_and_a_crash(log: LogWriter, docker: bool):
    """Killed behind each of its lines, which a range of its own ends with; at its end it is one."""

    def write(content: bytes) -> None:
        if docker:
            log.write_docker(f"{content.decode()}\n")
        else:
            log.write(content)

    write(OBJECT[0])
    follower = follow(log)
    for content in OBJECT[1:]:
        reading = follower.read(close=False)
        assert reading is not None
        assert rows_of(reading.lines) == []
        store(follower, reading)
        write(content)
        follower = restarted(follower, log)
    (line,) = rows_of(read(follower).lines)
    assert (line.content, line.offset, line.pieces) == (b"\n".join(OBJECT), 0, 3)


def test_a_file_that_grew_since_it_was_seen_is_not_quiet(log: LogWriter):
    """Whoever takes it for quiet has not seen its last lines, and more of them may come."""
    log.write(b"10:00:00 INFO said long ago")
    follower = follow(log)
    for content in OBJECT[:2]:
        log.write(content)
    first = read(follower)
    assert [line.pieces for line in rows_of(first.lines)] == [1]
    store(follower, first)
    log.write(OBJECT[2])
    look(follower)
    assert [line.pieces for line in rows_of(read(follower).lines)] == [3]


def test_an_object_whose_end_does_not_come_is_its_lines(log: LogWriter):
    """A quiet file ends it, also behind a crash: each line is what it is alone."""
    for content in OBJECT[:2]:
        log.write(content)
    follower = follow(log)
    reading = follower.read(close=False)
    assert reading is not None
    store(follower, reading)
    lines = rows_of(read(restarted(follower, log)).lines)
    assert [(line.content, line.pieces) for line in lines] == [(line, 1) for line in OBJECT[:2]]


def test_what_stood_behind_a_hole_is_given_back_with_it(log: LogWriter):
    """The disk is full when a damaged slot's range was read again: no position jumps over it."""
    follower, readings = follow_three(log)
    again = follow(log, follower.progress())
    for reading in (readings[0], readings[2]):
        assert again.adopt(reading.range)
    again.unread(read(again))
    part = readings[2].range
    part.answer = PartAnswer(part.after.offset, part.records)
    readings[0].range.answer = PartAnswer(readings[0].range.after.offset, 1)
    again.pass_stored()
    assert again.position.offset == readings[1].range.start
    hole = read(again)
    assert hole.range.start == readings[1].range.start
    store(again, hole)
    assert (again.position.offset, list(again.ranges)) == (part.after.offset, [])
