"""Copies of what was not read: whole or not believed, bounded, and gone when they are stored."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agent.files import OpenedLog, look_at
from agent.framing.joining import Position
from agent.rescue import spool as spool_module
from agent.rescue.segment import FRAME_BYTES, Header
from agent.rescue.spool import RescueSpool
from agent.sources.kubernetes import Kubernetes
from tests.support.bad_disk import fail_to_read
from tests.support.log_files import LogWriter


class Deleted:
    """A log that was opened and has no name any more."""

    def __init__(self, pods: Path, name: str, size: int) -> None:
        self.log = LogWriter(pods, f"shop_{name}-0_0c1", name)
        self.log.write(b"first")
        self.log.append(os.urandom(size) + b"\n")
        (file,) = (each for each in Kubernetes([pods], "here").files() if name in each.path)
        sighting = look_at(file)
        assert sighting is not None
        self.generation, self.size = sighting
        self.opened = OpenedLog(file, self.generation)
        self.content = self.log.path.read_bytes()
        self.log.path.unlink()
        position = Position(0)
        self.header = Header(self.generation, file, self.opened.first_line, position)

    def append(self, data: bytes) -> None:
        self.log.append(data)
        self.content += data
        self.size = len(self.content)


@pytest.fixture
def pods(tmp_path: Path) -> Path:
    return tmp_path / "pods"


def loaded(tmp_path: Path, limit: int = 2**30) -> RescueSpool:
    spool = RescueSpool(tmp_path / "rescue", limit)
    spool.load()
    return spool


def copy(spool: RescueSpool, log: Deleted, start: int = 0) -> None:
    spool.copy(log.header, log.opened, start, log.size)


def content(spool: RescueSpool, log: Deleted, start: int = 0) -> bytes:
    return spool.generations[log.generation].read(start, 2**30)


@pytest.mark.parametrize("size", [0, FRAME_BYTES, 3 * FRAME_BYTES + 1, 40 * FRAME_BYTES])
def test_what_was_copied_is_read_by_the_next_process(tmp_path: Path, pods: Path, size: int):
    """With all that tells whose it is, in segments of a bounded size."""
    log = Deleted(pods, "cart", size)
    copy(loaded(tmp_path), log)
    spool = loaded(tmp_path)
    rescued = spool.generations[log.generation]
    assert content(spool, log) == log.content
    assert content(spool, log, log.size - 3) == log.content[-3:]
    assert (rescued.end, rescued.first_line) == (log.size, log.header.first_line)
    assert rescued.segments[0].header == log.header
    assert len(rescued.segments) == 1 + size // (spool_module.SEGMENT_BYTES + 1)


def test_what_is_written_later_is_added(tmp_path: Path, pods: Path):
    """It goes behind what is there, also where that was removed since it is stored."""
    log, spool = Deleted(pods, "cart", 100), loaded(tmp_path)
    copy(spool, log)
    begin = log.size
    log.append(b"late\n")
    copy(spool, log, begin)
    assert content(loaded(tmp_path), log) == log.content
    spool.release({log.generation: log.size})
    assert list((tmp_path / "rescue").iterdir()) == []
    begin = log.size
    log.append(b"later\n")
    copy(spool, log, begin)
    assert content(loaded(tmp_path), log, begin) == b"later\n"


def test_only_what_a_checkpoint_has_passed_is_removed(tmp_path: Path, pods: Path):
    """Generations that it knows no more are, whole; of the others the segments behind it."""
    cart, stock = (Deleted(pods, name, 100) for name in ("cart", "stock"))
    spool = loaded(tmp_path)
    for log in (cart, stock):
        copy(spool, log)
    spool.release({cart.generation: cart.size - 1})
    assert list(spool.generations) == [cart.generation]
    assert content(loaded(tmp_path), cart) == cart.content
    assert stock.generation not in loaded(tmp_path).generations


def test_the_generation_that_was_begun_first_goes_for_a_later_one(tmp_path: Path, pods: Path):
    """And whoever wrote it is told; the folder is never larger than the limit."""
    logs = [Deleted(pods, name, 400_000) for name in ("cart", "stock", "order")]
    dropped: list[str] = []
    spool = loaded(tmp_path, 1_000_000)
    spool.dropped = dropped.append
    for log in logs:
        copy(spool, log)
        assert sum(file.stat().st_size for file in (tmp_path / "rescue").iterdir()) <= 1_000_000
    assert dropped == [logs[0].generation]
    assert content(loaded(tmp_path), logs[2]) == logs[2].content


def test_none_is_dropped_for_an_older_one(tmp_path: Path, pods: Path):
    """Then there is no room, which is an error like that of a full disk."""
    cart, stock = (Deleted(pods, name, 400_000) for name in ("cart", "stock"))
    spool = loaded(tmp_path, 1_000_000)
    for log in (cart, stock):
        copy(spool, log)
    begin = cart.size
    cart.append(b"x" * 400_000)
    with pytest.raises(OSError, match="no room"):
        copy(spool, cart, begin)
    assert content(spool, stock) == stock.content
    assert content(spool, cart) == cart.content[:begin]


def test_a_flipped_bit_costs_its_frame(tmp_path: Path, pods: Path):
    """It is set aside and counted; what stands round it is read."""
    log = Deleted(pods, "cart", 3 * FRAME_BYTES)
    copy(loaded(tmp_path), log)
    (file,) = (tmp_path / "rescue").iterdir()
    flip(file, file.stat().st_size // 2)
    damaged: list[int] = []
    spool = RescueSpool(tmp_path / "rescue")
    spool.damaged = damaged.append
    spool.load()
    rescued = spool.generations[log.generation]
    hole = rescued.run_end(0)
    start = rescued.next_start(hole)
    assert rescued.damaged
    assert (hole % FRAME_BYTES, start) == (0, hole + FRAME_BYTES)
    assert content(spool, log) == log.content[:hole]
    assert content(spool, log, start or 0) == log.content[start:]
    assert damaged == [next((tmp_path / "rescue").glob("*.damaged")).stat().st_size]


def test_a_bit_that_flips_while_an_agent_runs_is_found_when_it_is_read(tmp_path: Path, pods: Path):
    """What does not fit its checksum is not given out."""
    log, spool = Deleted(pods, "cart", FRAME_BYTES // 2), loaded(tmp_path)
    copy(spool, log)
    (file,) = (tmp_path / "rescue").iterdir()
    flip(file, file.stat().st_size - 10)
    assert content(spool, log) == b""
    assert spool.generations[log.generation].damaged
    assert len(list((tmp_path / "rescue").glob("*.damaged"))) == 1


def test_a_segment_that_does_not_say_whose_it_is_is_set_aside_whole(tmp_path: Path, pods: Path):
    log = Deleted(pods, "cart", 100)
    copy(loaded(tmp_path), log)
    (file,) = (tmp_path / "rescue").iterdir()
    size = file.stat().st_size
    flip(file, 20)
    spool = loaded(tmp_path)
    assert spool.generations == {}
    assert [(lost.generation, lost.size_bytes) for lost in spool.lost] == [(log.generation, size)]
    assert Path(spool.lost[0].path).stat().st_size == size
    assert loaded(tmp_path).lost == []


def test_a_segment_that_the_disk_does_not_give_back_is_set_aside(tmp_path: Path, pods: Path):
    """It is no other's damage, and is counted; nor does one stop anything that fails later."""
    cart, stock, order = (Deleted(pods, name, 100) for name in ("cart", "stock", "order"))
    before = loaded(tmp_path)
    for log in (cart, stock, order):
        copy(before, log)
    files = sorted((tmp_path / "rescue").iterdir())
    fail_to_read(files[0])
    spool = loaded(tmp_path)
    assert set(spool.generations) == {stock.generation, order.generation}
    assert [lost.generation for lost in spool.lost] == [cart.generation]
    assert content(spool, stock) == stock.content
    fail_to_read(files[1])
    assert content(spool, stock) == b""
    assert spool.generations[stock.generation].damaged
    assert content(spool, order) == order.content


def test_nothing_is_removed_before_it_is_written_down(tmp_path: Path, pods: Path):
    """Where that fails there is no room, and what was dropped is there for the next process."""
    cart, stock = (Deleted(pods, name, 400_000) for name in ("cart", "stock"))
    spool = loaded(tmp_path, 500_000)
    copy(spool, cart)
    (tmp_path / "file").write_bytes(b"")
    spool.save = (tmp_path / "file" / "below").touch
    for _ in range(2):
        with pytest.raises(NotADirectoryError):
            copy(spool, stock)
        assert content(loaded(tmp_path), cart) == cart.content
    spool.save = (tmp_path / "saved").touch
    copy(spool, stock)
    assert (tmp_path / "saved").exists()
    assert set(loaded(tmp_path).generations) == {stock.generation}


def test_a_disk_that_does_not_say_how_full_it_is_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    spool = loaded(tmp_path)
    assert spool.room_bytes > 0
    monkeypatch.setattr(os, "statvfs", fail)
    assert spool.room_bytes == 0


def test_a_torn_frame_is_no_damage(tmp_path: Path, pods: Path):
    """Its append had not returned; the next one writes over it."""
    log, spool = Deleted(pods, "cart", 1000), loaded(tmp_path)
    copy(spool, log)
    begin = log.size
    log.append(b"more" * 100)
    copy(spool, log, begin)
    (file,) = (tmp_path / "rescue").iterdir()
    os.truncate(file, file.stat().st_size - 7)
    spool = loaded(tmp_path)
    assert not spool.generations[log.generation].damaged
    assert content(spool, log) == log.content[:begin]
    copy(spool, log, begin)
    assert content(loaded(tmp_path), log) == log.content


def flip(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 16
    file.write_bytes(data)


PROGRAM = textwrap.dedent(
    """
    import resource, signal, sys
    from pathlib import Path
    from tests.unit.agent.rescue.test_spool import Deleted, copy, content, loaded

    folder = Path(sys.argv[1])
    log, spool = Deleted(folder / "pods", "cart", 300_000), loaded(folder)
    whole = log.size
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    failed = 0
    for limit in (0, 1, 200, 299_000, 300_400):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            copy(spool, log)
        except OSError:
            failed += 1
        assert not spool.generations or not spool.generations[log.generation].segments
        assert list((folder / "rescue").iterdir()) == []
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    copy(spool, log)
    assert content(loaded(folder), log) == log.content
    sys.exit(failed)
    """
)


def test_a_full_disk(tmp_path: Path):
    """At whatever byte the space ends: an error, nothing half, and with room all of it."""
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    run = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=False)
    assert run.returncode == 5
