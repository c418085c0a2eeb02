from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from clew.demo.containerd import ContainerLog
from clew.demo.kubelet import LogPolicy, forget_terminated, make_room, rotate
from tests.support.set_clock import SetClock

POLICY = LogPolicy(max_bytes=100, max_files=4)


class Rotating:
    """A log that is written to and looked at in turns, ten seconds apart."""

    def __init__(self, directory: Path) -> None:
        self.clock = SetClock()
        self.log = ContainerLog(directory / "0.log", self.clock)
        self.written = 0

    def fill(self) -> None:
        self.written += 1
        self.log.write("stdout", f"{self.written}:{'x' * 100}\n".encode())

    def look(self) -> bool:
        self.clock.advance(10)
        return rotate(self.log, POLICY, self.clock)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.log.path.parent.iterdir())


@pytest.fixture
def rotating(tmp_path: Path):
    rotating = Rotating(tmp_path)
    yield rotating
    rotating.log.close()


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch):
    """The kubelet names files after its local time."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_a_log_below_its_size_stays(rotating: Rotating):
    assert not rotating.look()
    assert rotating.files() == ["0.log"]


@pytest.mark.usefixtures("utc")
def test_a_full_log_is_renamed_after_the_second(rotating: Rotating):
    """The renamed file has the lines; the log itself begins anew."""
    rotating.fill()
    assert rotating.look()
    [name] = [name for name in rotating.files() if name != "0.log"]
    stamp = name.removeprefix("0.log.")
    assert len(stamp) == len("20060102-150405")
    assert rotating.log.size_bytes() == 0
    assert (rotating.log.path.parent / name).read_bytes().endswith(b"x\n")


def test_the_newest_rotated_file_is_plain(rotating: Rotating):
    """A rotated file is compressed at the next rotation, not before, and is the same bytes."""
    for _ in range(2):
        rotating.fill()
        rotating.look()
    first, second = [name for name in rotating.files() if name != "0.log"]
    assert first.endswith(".gz")
    assert not second.endswith(".gz")
    assert b" F 1:xxx" in content(rotating.log.path.with_name(first))
    assert b" F 2:xxx" in content(rotating.log.path.with_name(second))


def test_the_oldest_files_go(rotating: Rotating):
    """With the log itself there are never more than max_files, and the newest lines are kept."""
    for _ in range(8):
        rotating.fill()
        rotating.look()
    rotating.fill()
    kept = [content(rotating.log.path.with_name(name)) for name in rotating.files()]
    assert len(kept) == POLICY.max_files
    found = sorted(int(text.partition(b" F ")[2].partition(b":")[0]) for text in kept)
    assert found == [6, 7, 8, 9]


def test_nothing_is_replaced_within_a_second(rotating: Rotating):
    """A second rotation in the same second waits for the next look: its lines stay in the log."""
    rotating.fill()
    rotating.look()
    rotating.fill()
    assert not rotate(rotating.log, POLICY, rotating.clock)
    assert rotating.look()


def test_a_log_that_was_removed_is_created_anew(rotating: Rotating):
    rotating.fill()
    rotating.log.path.unlink()
    assert not rotating.look()
    assert rotating.files() == ["0.log"]


def test_leftovers_of_an_interrupted_rotation_go(tmp_path: Path):
    """A .tmp is no log, and a plain file beside its .gz is read twice by nobody."""
    for name in ("0.log", "0.log.1", "0.log.1.gz", "0.log.2.tmp"):
        (tmp_path / name).write_bytes(b"")
    make_room(tmp_path / "0.log", 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.log", "0.log.1.gz"]


def test_one_terminated_container_is_kept(tmp_path: Path):
    """Logs of the life before the present one stay, rotated ones too; older lives are forgotten."""
    for name in ("1.log", "1.log.20240131-235910.gz", "2.log", "2.log.20240131-235910", "10.log"):
        (tmp_path / name).write_bytes(b"")
    forget_terminated(tmp_path, 3, kept=1)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["10.log", "2.log", "2.log.20240131-235910"]
