"""Which file is which, through everything that a kubelet and a runtime do to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.checkpoint import State
from agent.follower import Follower
from agent.ledger import GapReason
from agent.rescue.keeping import QUIET_SECONDS
from agent.rescue.spool import RescueSpool
from agent.sources.kubernetes import Kubernetes
from agent.watch import Watch
from clew.wire.batch import PartAnswer
from tests.support.log_files import LogWriter
from tests.support.set_clock import SetClock

CLOCK = SetClock()


@pytest.fixture
def log(tmp_path: Path):
    log = LogWriter(tmp_path / "pods")
    yield log
    log.close()


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    (tmp_path / "pods").mkdir(exist_ok=True)
    return Watch(
        Kubernetes([tmp_path / "pods"], "here"), State(), CLOCK, RescueSpool(tmp_path / "rescue")
    )


def read_some(follower: Follower) -> int:
    """One range, stored; how many lines were in it."""
    reading = follower.read(close=False, end_groups=True)
    if reading is None:
        return 0
    store(follower)
    return len(reading.lines.offsets)


def store(follower: Follower) -> None:
    """Everything in flight is answered for."""
    for part in follower.ranges:
        part.answer = PartAnswer(part.after.offset, part.records)
    follower.pass_stored()


def look_and_read(watch: Watch) -> None:
    watch.look(0.0)
    for follower in watch.followers.values():
        while follower.read(close=False, end_groups=True) is not None:
            store(follower)


def gaps(watch: Watch) -> list[tuple[int, int, GapReason]]:
    return [(gap.start, gap.end, gap.reason) for gap in watch.state().ledger.gaps]


def names(watch: Watch) -> list[str]:
    return sorted(Path(follower.file.path).name for follower in watch.followers.values())


def cut(log: LogWriter, size: int) -> None:
    with log.path.open("r+b") as file:
        file.truncate(size)
    log.append(b"")


def test_a_file_that_grows(watch: Watch, log: LogWriter):
    log.write(b"one")
    look_and_read(watch)
    (follower,) = watch.followers.values()
    end = log.write(b"two")
    watch.look(1.0)
    assert list(watch.followers.values()) == [follower]
    assert (follower.position.offset, follower.grown_at) == (end, 1.0)
    watch.look(2.0)
    assert follower.grown_at == 1.0


def test_a_tiny_file(watch: Watch, log: LogWriter):
    """One line of one byte is enough to be followed, and nothing at all is not."""
    watch.look(0.0)
    assert watch.followers == {}
    log.write(b"1")
    look_and_read(watch)
    assert watch.unread_bytes == 0
    assert len(watch.followers) == 1


def test_rotation_between_looks(watch: Watch, log: LogWriter):
    """The renamed file is read to its end, and the new one from its beginning; more than once."""
    log.write(b"one")
    look_and_read(watch)
    for number in range(3):
        log.write(b"last of %d" % number)
        log.rotate()
        log.write(b"first of %d" % (number + 1))
    watch.look(1.0)
    assert [follower.position.offset > 0 for follower in watch.followers.values()].count(True) == 1
    assert [read_some(follower) for follower in watch.followers.values()] == [1, 2, 2, 1]
    assert gaps(watch) == []


def test_a_late_write_to_the_renamed_file(watch: Watch, log: LogWriter):
    """The runtime reopens later than the kubelet renames."""
    log.write(b"one")
    look_and_read(watch)
    log.rename()
    look_and_read(watch)
    log.write(b"late")
    watch.look(1.0)
    (follower,) = watch.followers.values()
    assert read_some(follower) == 1
    log.reopen()
    log.write(b"new")
    watch.look(2.0)
    assert [read_some(follower) for follower in watch.followers.values()] == [0, 1]


def test_a_rotation_that_is_taken_back(watch: Watch, log: LogWriter):
    """Where the runtime does not reopen, the kubelet renames back: the same file all the time."""
    log.write(b"one")
    look_and_read(watch)
    rotated = log.rename()
    watch.look(1.0)
    rotated.rename(log.path)
    log.write(b"two")
    watch.look(2.0)
    (follower,) = watch.followers.values()
    assert read_some(follower) == 1


def test_plain_and_compressed_at_once(watch: Watch, log: LogWriter):
    """They are one file, before, while and after the kubelet removes the plain one."""
    log.write(b"one")
    rotated = log.rotate()
    plain = rotated.read_bytes()
    look_and_read(watch)
    compressed = log.compress(rotated)
    rotated.write_bytes(plain)
    watch.look(1.0)
    assert names(watch) == [rotated.name]
    rotated.unlink()
    watch.look(2.0)
    assert names(watch) == [compressed.name]
    assert watch.unread_bytes == 0
    assert gaps(watch) == []


def test_a_shorter_copy(tmp_path: Path, watch: Watch, log: LogWriter):
    """Of two copies of a file the longer one is followed, whichever is listed first."""
    log.write(b"one")
    log.write(b"two")
    for node in ("a", "z"):
        copy = tmp_path / "pods" / node / "var/log/pods/shop_cart-0_0c1/cart/0.log"
        copy.parent.mkdir(parents=True)
        copy.write_bytes(log.path.read_bytes().splitlines(keepends=True)[0])
    watch.look(0.0)
    (follower,) = watch.followers.values()
    assert follower.file.path == str(log.path)
    watch.look(5.0)
    assert follower.grown_at == 0.0
    assert read_some(follower) == 2


def test_truncation(watch: Watch, log: LogWriter):
    """What was not read is a gap, and what is written from then on is another file."""
    log.write(b"one")
    look_and_read(watch)
    start = log.write(b"two")
    end = log.write(b"three")
    watch.look(1.0)
    size = watch.unread_bytes + start
    log.truncate()
    log.write(b"four")
    watch.look(2.0)
    watch.look(3.0)
    assert gaps(watch) == [(start, size, GapReason.TRUNCATED)]
    assert start < end < size
    (follower,) = watch.followers.values()
    assert (follower.position.offset, read_some(follower)) == (0, 1)


def test_truncation_and_growth_between_looks(watch: Watch, log: LogWriter):
    """A file that is longer than before may be another one; nothing unread means no gap."""
    log.write(b"one")
    look_and_read(watch)
    (before,) = watch.followers
    log.truncate()
    for number in range(10):
        log.write(b"more %d" % number)
    watch.look(1.0)
    watch.look(2.0)
    (follower,) = watch.followers.values()
    assert follower.generation != before
    assert read_some(follower) == 10
    assert gaps(watch) == []


def test_truncation_in_the_middle(watch: Watch, log: LogWriter):
    """The first line still stands: the same file, and the end of it is a gap."""
    log.write(b"one")
    start = log.write(b"two")
    watch.look(0.0)
    size = watch.unread_bytes
    cut(log, start)
    watch.look(1.0)
    (follower,) = watch.followers.values()
    assert read_some(follower) == 1
    assert gaps(watch) == [(start, size, GapReason.TRUNCATED)]


def test_truncation_behind_what_was_read(watch: Watch, log: LogWriter):
    """What was stored is no loss."""
    log.write(b"zero")
    log.write(b"one")
    look_and_read(watch)
    read = log.write(b"two")
    watch.look(1.0)
    size = read + watch.unread_bytes
    cut(log, read - 1)
    watch.look(2.0)
    assert gaps(watch) == [(read, size, GapReason.TRUNCATED)]


def test_truncation_with_a_range_in_flight(watch: Watch, log: LogWriter):
    """What was read is in the outbox, so only what was not is the gap."""
    log.write(b"one")
    log.write(b"two")
    watch.look(0.0)
    (follower,) = watch.followers.values()
    assert follower.read(close=False, end_groups=True) is not None
    start = log.write(b"three")
    watch.look(1.0)
    size = follower.size
    cut(log, start - 1)
    watch.look(2.0)
    assert gaps(watch) == [(start, size, GapReason.TRUNCATED)]
    store(follower)
    assert follower.unread_bytes == 0


def test_what_is_written_behind_a_truncation(watch: Watch, log: LogWriter):
    """It is read, at offsets that no line had before it, also where the file is as long again."""
    log.write(b"one")
    start = log.write(b"two")
    look_and_read(watch)
    (follower,) = watch.followers.values()
    end = follower.position.offset
    cut(log, start)
    log.write(b"six")
    assert log.path.stat().st_size == end
    watch.look(1.0)
    reading = follower.read(close=False, end_groups=True)
    assert reading is not None
    assert (reading.lines.offsets, reading.lines.contents) == ([end], [b"six"])
    assert follower.position.offset == end
    assert gaps(watch) == []


def test_a_truncation_between_a_look_and_a_reading(watch: Watch, log: LogWriter):
    """What stands in the place of unread lines may begin anywhere: it waits for the next look."""
    log.write(b"one")
    middle = log.write(b"two")
    look_and_read(watch)
    start = log.write(b"three")
    watch.look(1.0)
    (follower,) = watch.followers.values()
    size = follower.size
    cut(log, middle)
    log.write(b"a longer line than the two that stood here")
    log.write(b"and another")
    assert follower.read(close=False, end_groups=True) is None
    watch.look(2.0)
    assert (read_some(follower), gaps(watch)) == (2, [(start, size, GapReason.TRUNCATED)])


def test_truncation_to_nothing(watch: Watch, log: LogWriter):
    log.write(b"one")
    watch.look(0.0)
    size = watch.unread_bytes
    log.truncate()
    watch.look(1.0)
    watch.look(2.0)
    assert gaps(watch) == [(0, size, GapReason.TRUNCATED)]
    assert watch.followers == {}


def test_deletion_with_unread_bytes(watch: Watch, log: LogWriter):
    """The file is open, so they are read; it is forgotten when nobody writes to it any more."""
    log.write(b"one")
    look_and_read(watch)
    log.write(b"two")
    watch.look(1.0)
    log.path.unlink()
    watch.look(2.0)
    log.write(b"late")
    watch.look(3.0)
    (follower,) = watch.followers.values()
    assert (read_some(follower), read_some(follower)) == (2, 0)
    watch.look(3.0 + QUIET_SECONDS - 0.1)
    assert list(watch.followers.values()) == [follower]
    watch.look(3.0 + QUIET_SECONDS)
    assert (watch.followers, gaps(watch)) == ({}, [])


def test_deletion_before_it_was_opened(watch: Watch, log: LogWriter):
    """Where no descriptor was left for it the bytes are a gap, once."""
    log.write(b"one")
    watch.descriptors.limit = 0
    watch.look(1.0)
    assert "no descriptor is left" in watch.unreadable[str(log.path)]
    end = watch.unread_bytes
    log.path.unlink()
    for now in range(2, 6):
        watch.look(now)
    assert gaps(watch) == [(0, end, GapReason.DELETED)]
    assert watch.followers == {}


def test_deletion_of_what_was_read(watch: Watch, log: LogWriter):
    """It is no loss, and the file is forgotten."""
    log.write(b"one")
    look_and_read(watch)
    shutil.rmtree(log.folder)
    watch.look(1.0)
    watch.look(1.0 + QUIET_SECONDS)
    assert gaps(watch) == []
    assert watch.state().files == {}


def test_deletion_with_an_open_line(watch: Watch, log: LogWriter):
    """Its follower stays until the last words are sent, through a crash too."""
    log.write(b"last words", tag="P")
    look_and_read(watch)
    shutil.rmtree(log.folder)
    watch.look(1.0)
    watch.look(2.0)
    watch = restarted(watch, log.folder.parent.parent)
    watch.look(3.0)
    watch.look(4.0)
    (follower,) = watch.followers.values()
    reading = follower.read(close=False, end_groups=True)
    assert reading is not None
    assert reading.lines.contents == [b"last words"]
    store(follower)
    watch.look(5.0)
    assert (watch.followers, gaps(watch)) == ({}, [])


def test_a_file_that_is_missed_once(watch: Watch, log: LogWriter):
    """A listing can miss a file that is being renamed: one look without it says nothing."""
    log.write(b"one")
    log.write(b"two")
    watch.look(0.0)
    for now in (1.0, 3.0, 5.0):
        aside = log.path.rename(log.folder / "renaming")
        watch.look(now)
        aside.rename(log.path)
        watch.look(now + 1.0)
    (follower,) = watch.followers.values()
    assert read_some(follower) == 2
    assert gaps(watch) == []


def test_a_file_in_flight_is_not_given_up(watch: Watch, log: LogWriter):
    """Its follower stays until the answer has come; the bytes are no gap."""
    log.write(b"one")
    watch.look(0.0)
    (follower,) = watch.followers.values()
    assert follower.read(close=False, end_groups=True) is not None
    log.path.unlink()
    for now in range(1, 4):
        watch.look(now * QUIET_SECONDS)
    assert list(watch.followers.values()) == [follower]
    store(follower)
    watch.look(4 * QUIET_SECONDS)
    assert (watch.followers, gaps(watch)) == ({}, [])


def test_a_reused_inode(watch: Watch, log: LogWriter):
    """Another container's file, as long as the old one, may get the inode that became free."""
    log.write(b"one")
    look_and_read(watch)
    moved = log.folder.parent / "payment"
    log.folder.rename(moved)
    watch.look(1.0)
    assert {follower.file.container.name for follower in watch.followers.values()} == {
        "cart",
        "payment",
    }
    watch.look(2.0)
    watch.look(2.0 + QUIET_SECONDS)
    (follower,) = watch.followers.values()
    assert (follower.file.container.name, read_some(follower)) == ("payment", 1)


def test_a_file_that_was_replaced_by_one_as_long(watch: Watch, log: LogWriter):
    """Same path, same inode, same size: the date tells them apart."""
    log.write(b"one")
    look_and_read(watch)
    log.truncate()
    log.write(b"two")
    watch.look(1.0)
    assert len(watch.followers) == 2
    assert [read_some(follower) for follower in watch.followers.values()] == [0, 1]


def test_a_restart_of_the_container(watch: Watch, log: LogWriter):
    """The log of each life is a file of its own."""
    log.write(b"one")
    log.restart()
    log.write(b"two")
    look_and_read(watch)
    assert names(watch) == ["0.log", "1.log"]
    assert {follower.file.container.restart for follower in watch.followers.values()} == {0, 1}


def restarted(watch: Watch, *roots: Path) -> Watch:
    """The watch of a new process with the checkpoint of the old one."""
    watch.close()
    spool = RescueSpool(watch.rescue.folder)
    spool.load()
    again = Watch(Kubernetes(list(roots), "here"), watch.state(), CLOCK, spool)
    again.take_rescued()
    return again


def test_where_it_was(tmp_path: Path, watch: Watch, log: LogWriter):
    """After a restart a file goes on where it was, under another name and compressed too."""
    log.write(b"one")
    look_and_read(watch)
    log.write(b"two")
    log.compress(log.rotate())
    watch = restarted(watch, tmp_path / "pods")
    watch.look(0.0)
    (follower,) = watch.followers.values()
    assert follower.position.offset > 0
    assert read_some(follower) == 1


def test_a_file_that_went_while_no_agent_ran(tmp_path: Path, watch: Watch, log: LogWriter):
    """What was seen of it and not read is a gap; one look may have missed it."""
    log.write(b"one")
    watch.look(0.0)
    size = watch.unread_bytes
    aside = log.path.rename(log.folder / "renaming")
    watch = restarted(watch, tmp_path / "pods")
    watch.look(1.0)
    assert gaps(watch) == []
    aside.unlink()
    watch.look(2.0)
    assert gaps(watch) == [(0, size, GapReason.UNSEEN)]
    assert watch.state().files == {}


def test_what_is_not_followed_at_present(tmp_path: Path, watch: Watch, log: LogWriter):
    """A folder that was taken out of the configuration is remembered, and no loss."""
    log.write(b"one")
    log.write(b"half", tag="P")
    look_and_read(watch)
    (tmp_path / "other").mkdir()
    away = restarted(watch, tmp_path / "other")
    for now in range(3):
        away.look(now)
    assert (away.followers, gaps(away), away.pieces_open) == ({}, [], 1)
    back = restarted(away, tmp_path / "pods")
    look_and_read(back)
    assert back.state().files == watch.state().files


def test_a_tree_that_was_moved(tmp_path: Path, watch: Watch, log: LogWriter):
    """It is known again under another root."""
    log.write(b"one")
    look_and_read(watch)
    (tmp_path / "pods").rename(tmp_path / "moved")
    watch = restarted(watch, tmp_path / "moved")
    watch.look(0.0)
    assert watch.unread_bytes == 0
    assert len(watch.state().files) == 1


def test_a_folder_that_cannot_be_read(watch: Watch, log: LogWriter):
    """Its files are neither followed nor given up, and it is named."""
    log.write(b"one")
    watch.look(0.0)
    pod = log.folder.parent
    aside = pod.rename(pod.with_name("aside"))
    pod.symlink_to(pod)
    for now in range(1, 5):
        watch.look(now)
    assert list(watch.unreadable) == [str(pod)]
    assert gaps(watch) == []
    pod.unlink()
    aside.rename(pod)
    look_and_read(watch)
    assert (watch.unread_bytes, watch.unreadable) == (0, {})


def test_a_file_that_cannot_be_read(watch: Watch, log: LogWriter):
    """It is named with the reason, and the others are followed."""
    log.write(b"one")
    broken = log.folder / "0.log.20230129-080000.gz"
    broken.write_bytes(b"not a gzip")
    watch.look(0.0)
    assert names(watch) == ["0.log"]
    assert list(watch.unreadable) == [str(broken)]
    broken.unlink()
    watch.look(1.0)
    assert watch.unreadable == {}


def test_a_link_to_nothing(watch: Watch, log: LogWriter):
    """It is named, with where Docker keeps logs; what it led to may come back, and is no gap."""
    log.write(b"one")
    elsewhere = log.path.rename(log.path.with_name("elsewhere"))
    log.path.symlink_to(elsewhere)
    look_and_read(watch)
    moved = elsewhere.rename(elsewhere.with_name("moved"))
    for now in (1.0, 2.0, 3.0):
        watch.look(now)
        [(path, reason)] = watch.unreadable.items()
        assert path == str(log.path)
        assert reason.startswith(f"a link to nothing: '{elsewhere}' is not there")
        assert "/var/lib/docker/containers" in reason
    moved.rename(elsewhere)
    watch.look(4.0)
    assert watch.unreadable == {}
    assert gaps(watch) == []


def test_a_file_that_goes_between_listing_and_looking(
    watch: Watch, log: LogWriter, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is wrong with it: the next look tells what became of it."""
    log.write(b"one")
    files = list(Kubernetes([log.folder.parents[1]], "here").files())
    monkeypatch.setattr(Kubernetes, "files", lambda _: iter(files))
    log.path.unlink()
    watch.look(0.0)
    assert (watch.unreadable, watch.followers) == ({}, {})


def test_a_line_that_is_not_finished(watch: Watch, log: LogWriter):
    """Its bytes are told with its file, whether it is the first of the file or a later one."""
    log.append(b"2023")
    look_and_read(watch)
    assert watch.unfinished == {str(log.path): 4}
    assert watch.unread_bytes == 4
    log.append(b"-01-29T08:42:09Z stdout F one\nhalf")
    look_and_read(watch)
    assert watch.unfinished == {str(log.path): 4}
    log.append(b"\n")
    watch.look(1.0)
    assert watch.unread_bytes == 5
    look_and_read(watch)
    assert (watch.unfinished, watch.unread_bytes) == ({}, 0)


def test_the_oldest_file_of_a_container_comes_first(watch: Watch, log: LogWriter):
    """Rotated ones before the live one, those of earlier lives before later ones."""
    for number in range(3):
        log.write(b"%d" % number)
        log.rotate()
    log.write(b"live")
    watch.look(0.0)
    log.restart()
    log.write(b"again")
    log.rotate()
    log.write(b"live again")
    watch.look(1.0)
    ((key, followers),) = watch.containers.items()
    assert key == "shop_cart-0_0c1/cart"
    assert [read_lines(follower) for follower in followers] == [
        [b"0"], [b"1"], [b"2"], [b"live"], [b"again"], [b"live again"],
    ]  # fmt: skip


def read_lines(follower: Follower) -> list[bytes]:
    reading = follower.read(close=False, end_groups=True)
    assert reading is not None
    return reading.lines.contents
