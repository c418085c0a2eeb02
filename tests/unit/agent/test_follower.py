"""From a file's bytes to planned ranges: what is read, what waits, and what a replay sends."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent.checkpoint import Plan, Progress
from agent.files import FileChangedError, look_at
from agent.follower import CHUNK_BYTES, PHYSICAL_LINE_BYTES, Follower, Reading
from agent.framing.joining import JOINED_BYTES
from agent.tree import Tree
from clew.schema.line import Flag
from clew.schema.rejection import Reason
from tests.support.log_files import LogWriter

PIECE_BYTES = 16 * 1024


@pytest.fixture
def log(tmp_path: Path):
    log = LogWriter(tmp_path / "pods")
    yield log
    log.close()


def follow(log: LogWriter, progress: Progress | None = None) -> Follower:
    """A follower of the one file there is, from the start or from where another one was."""
    (file,) = Tree([log.folder.parent.parent], "here").files()
    sighting = look_at(file)
    assert sighting is not None
    follower = Follower(sighting.generation, progress or Progress(file))
    follower.found(file, sighting.size, now=0.0)
    return follower


def restarted(follower: Follower, log: LogWriter) -> Follower:
    """The follower that a new process makes out of the checkpoint."""
    encoded = msgspec.json.encode(follower.progress())
    return follow(log, msgspec.json.decode(encoded, type=Progress))


def look(follower: Follower) -> None:
    sighting = look_at(follower.file)
    assert sighting is not None
    follower.found(follower.file, sighting.size, now=0.0)


def read(follower: Follower, *, close: bool = False) -> Reading:
    reading = follower.read(close=close)
    assert reading is not None
    return reading


def read_all(follower: Follower) -> list[Reading]:
    """Everything up to the last newline, stored as it is read."""
    readings = []
    while (reading := follower.read(close=False)) is not None:
        follower.stored(reading)
        readings.append(reading)
    return readings


def test_a_range_ends_with_a_line(log: LogWriter):
    """What stands behind the last newline is no line yet; later it is read under its offset."""
    log.write(b"one")
    start = log.append(b"2023-01-29T08:42:09.7Z std")
    follower = follow(log)
    reading = read(follower)
    assert [line.content for line in reading.lines] == [b"one"]
    assert (reading.start, reading.after.offset) == (0, start)
    follower.stored(reading)
    assert follower.read(close=False) is None
    assert follower.unread_bytes == 26
    log.append(b"out F two\n")
    look(follower)
    (line,) = read(follower).lines
    assert (line.offset, line.content) == (start, b"two")


def test_nothing_moves_before_it_is_stored(log: LogWriter):
    """A range is read again, and the same, until somebody says that it is stored."""
    log.write(b"one")
    follower = follow(log)
    first = read(follower)
    log.write(b"two")
    look(follower)
    second = read(follower)
    assert (second.lines, second.after) == (first.lines, first.after)
    follower.stored(second)
    assert [line.content for line in read(follower).lines] == [b"two"]


def test_a_plan_outlives_a_crash(log: LogWriter):
    """The file has grown, but the new process sends the range as it was cut before."""
    log.write(b"one ", tag="P")
    log.write(b"err", "stderr")
    follower = follow(log)
    first = read(follower)
    log.write(b"line")
    second = read(restarted(follower, log))
    assert second.lines == first.lines
    assert second.after == first.after


def test_an_open_line_outlives_a_crash(log: LogWriter):
    """Its pieces are stored with the position behind them."""
    start = log.write(b"one ", tag="P")
    follower = follow(log)
    assert [reading.lines for reading in read_all(follower)] == [[]]
    log.write(b"line")
    (line,) = read(restarted(follower, log)).lines
    assert (line.offset, line.content, line.pieces) == (start, b"one line", 2)


def test_an_open_line_is_closed_when_asked(log: LogWriter):
    """Where there is nothing more to read, and not before; its rest is a line of its own."""
    start = log.write(b"half", tag="P")
    follower = follow(log)
    assert read(follower, close=True).lines == []
    follower.stored(read(follower))
    assert follower.read(close=False) is None
    closing = read(follower, close=True)
    (line,) = closing.lines
    assert (line.offset, line.content, line.flags) == (start, b"half", Flag.UNFINISHED)
    assert (closing.range_bytes, closing.physical_lines) == (0, 0)
    follower.stored(closing)
    assert follower.read(close=True) is None
    log.write(b" a line")
    look(follower)
    assert [line.content for line in read(follower).lines] == [b" a line"]


def test_closing_is_planned(log: LogWriter):
    """The rest comes while the closed line is on its way: a replay sends it closed as before."""
    log.write(b"half", tag="P")
    follower = follow(log)
    follower.stored(read(follower))
    first = read(follower, close=True)
    log.write(b" a line")
    second = read(restarted(follower, log))
    assert second.lines == first.lines
    assert second.after == first.after


def test_both_streams_are_closed(log: LogWriter):
    log.write(b"e", "stderr", tag="P")
    log.write(b"o", "stdout", tag="P")
    follower = follow(log)
    read_all(follower)
    assert [line.content for line in read(follower, close=True).lines] == [b"o", b"e"]


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
    while (reading := follower.read(close=False)) is not None:
        lines += reading.lines
        follower.stored(reading)
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
    lines = [line for reading in read_all(follow(log)) for line in reading.lines]
    assert [line.content for line in lines] == [text, b"after"]


def test_a_physical_line_without_an_end(log: LogWriter):
    """It is cut, said to be no line, and nothing of it is lost; what follows it is intact."""
    log.write(b"before")
    start = log.append(b"x" * PHYSICAL_LINE_BYTES + b"rest\n")
    log.write(b"after")
    readings = read_all(follow(log))
    assert [reading.start for reading in readings] == [0, start, start + PHYSICAL_LINE_BYTES]
    before, cut, rest, after = (line for reading in readings for line in reading.lines)
    assert (before.content, after.content) == (b"before", b"after")
    assert (cut.offset, cut.content) == (start, b"x" * PHYSICAL_LINE_BYTES)
    assert (rest.offset, rest.content) == (start + PHYSICAL_LINE_BYTES, b"rest")
    for line in (cut, rest):
        assert line.rejection is not None
        assert line.rejection.reason is Reason.BAD_FRAMING
    assert sum(reading.physical_lines for reading in readings) == 4


def test_the_plan_of_a_cut_outlives_a_crash(log: LogWriter):
    log.append(b"x" * PHYSICAL_LINE_BYTES)
    follower = follow(log)
    first = read(follower)
    log.append(b"rest\n")
    second = read(restarted(follower, log))
    assert second.lines == first.lines
    assert second.after == first.after


def test_ranges_are_small(log: LogWriter):
    """A big file is read in chunks, each with whole lines."""
    for _ in range(3):
        log.append(b"2023-01-29T08:42:09.7Z stdout F " + b"x" * 600_000 + b"\n")
    readings = read_all(follow(log))
    assert [len(reading.lines) for reading in readings] == [1, 1, 1]
    assert all(reading.range_bytes <= CHUNK_BYTES for reading in readings)


def test_a_compressed_file(log: LogWriter):
    """What was begun in the plain file is ended in the compressed one."""
    log.write(b"one")
    follower = follow(log)
    first = read(follower)
    log.write(b"two")
    log.compress(log.rename())
    follower = restarted(follower, log)
    second = read(follower)
    assert second.lines == first.lines
    follower.stored(second)
    assert [line.content for line in read(follower).lines] == [b"two"]


def test_a_docker_file(log: LogWriter):
    """The runtime is told by the first line of the file, wherever in it is read on."""
    log.write_docker("one\n")
    follower = follow(log)
    read_all(follower)
    log.append(b'corrupted","stream":"stdout"\n')
    log.write_docker("two\n")
    corrupted, two = read(restarted(follower, log)).lines
    assert corrupted.rejection is not None
    assert (two.content, two.rejection) == (b"two", None)


def test_another_file_under_the_name(log: LogWriter):
    """It is not read for the one that is followed."""
    log.write(b"one")
    follower = follow(log)
    log.truncate()
    log.write(b"other")
    with pytest.raises(FileChangedError):
        follower.read(close=False)
    assert follower.plan is None


def test_a_planned_range_that_is_not_there(log: LogWriter):
    """It is an error and not another range: the plan stands."""
    log.write(b"one")
    end = log.write(b"two")
    follower = follow(log)
    read(follower)
    plan = follower.plan
    log.path.write_bytes(log.path.read_bytes()[:end])
    with pytest.raises(OSError, match="the file ends before"):
        follower.read(close=False)
    assert follower.plan == plan


def test_a_file_that_is_gone(log: LogWriter):
    """What was read of an open line is still sent, and needs no file; the rest is given up."""
    log.write(b"half", tag="P")
    follower = follow(log)
    read_all(follower)
    log.write(b" a line")
    look(follower)
    read(follower)
    log.path.unlink()
    follower.let_go()
    assert follower.unread_bytes == 0
    closing = read(follower)
    assert [(line.content, line.flags) for line in closing.lines] == [(b"half", Flag.UNFINISHED)]
    follower.stored(closing)
    assert (follower.position.open, follower.plan) == ({}, None)


def test_a_file_that_is_gone_with_nothing_open(log: LogWriter):
    log.write(b"one")
    follower = follow(log)
    read(follower)
    follower.let_go()
    assert (follower.unread_bytes, follower.plan) == (0, None)


def test_a_plan_for_bytes_that_were_cut_off(log: LogWriter):
    """It is given up with them; one that ends before them stands."""
    end = log.write(b"one") + log.write(b"two")
    follower = follow(log)
    follower.plan = Plan(end)
    follower.cut_off(end)
    assert follower.plan == Plan(end)
    follower.cut_off(end - 1)
    assert follower.plan is None
