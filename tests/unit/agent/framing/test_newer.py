"""Where a file goes on behind lines that were read and are cut off."""

from __future__ import annotations

import pytest

from agent.framing.newer import WINDOW_BYTES, find_newer
from clew.schema.timestamps import SECOND
from tests.support.log_files import START, cri_line, docker_line


def cri(second: int, text: bytes) -> bytes:
    return cri_line(START + second * SECOND, "stdout", "F", text)


def docker(second: int, text: bytes) -> bytes:
    return docker_line(START + second * SECOND, "stdout", f"{text.decode()}\n")


def found(content: bytes, second: int) -> bytes:
    """What is newer than a second of the file."""
    first_line = content.partition(b"\n")[0]
    time = START + second * SECOND
    place = find_newer(
        lambda start, length: content[start : start + length], len(content), time, first_line
    )
    return content[place:]


@pytest.mark.parametrize("line", [cri, docker])
def test_whole_lines(line):
    """By their times, wherever the file was cut off; where none is newer, nothing is."""
    old, new = line(0, b"zero") + line(1, b"one"), line(5, b"five") + line(6, b"six")
    assert found(old + new, 3) == new
    assert found(old, 3) == b""
    assert found(new, 3) == line(6, b"six")


def test_the_first_line_is_old_whatever_its_time_is():
    """It is the one that names the file: what was read begins with it."""
    assert found(b"2" + cri(5, b"five") + cri(6, b"six"), 0) == cri(6, b"six")


def test_what_was_read_as_one_line_with_the_half_of_another():
    """It has the time of the line that it ends with."""
    both = cri(1, b"one")[:20] + cri(2, b"two")
    assert found(cri(0, b"zero") + both + cri(5, b"five"), 3) == cri(5, b"five")


def test_behind_half_a_line():
    """A CRI line may stand behind the beginning of another; that was read, and is left out."""
    half, new = cri(1, b"one and more")[:-5], cri(5, b"five")
    assert found(cri(0, b"zero") + half + new, 3) == new
    assert found(cri(0, b"zero") + half, 3) == b""


def test_behind_half_a_line_of_docker():
    """Where no time stands at a line's beginning both are kept, as one that is none."""
    both = docker(1, b"one")[:12] + docker(5, b"five")
    assert found(docker(0, b"zero") + both, 3) == both


def test_a_line_that_quotes_another():
    """A time within a line is not its own."""
    new = cri(5, b"read: " + cri(1, b"one")[:-1]) + cri(6, b"six")
    assert found(cri(0, b"zero") + new, 3) == new


def test_a_line_without_a_time():
    """Nobody knows when it was written: it is kept."""
    assert found(cri(0, b"zero") + b"panic\n" + cri(5, b"five"), 3) == b"panic\n" + cri(5, b"five")


@pytest.mark.parametrize("line", [cri, docker])
@pytest.mark.parametrize("extra", [0, 1, 60])
def test_more_than_is_looked_at_together(line, extra: int):
    """Lines on the edges of what is read at one go are found like all others."""
    old = b"".join(line(0, b"x" * 1000) for _ in range(50))
    new = line(5, b"y" * extra) + b"".join(line(6, b"y" * 1000) for _ in range(1200))
    assert len(new) > WINDOW_BYTES
    assert found(old + new, 3) == new
