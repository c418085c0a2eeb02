"""What becomes of files that are deleted: read, copied, held, or in the ledger."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.ledger import GapReason
from agent.rescue.keeping import QUIET_SECONDS
from agent.sweep import Sweeper, SweepLimits
from tests.support.bad_disk import flip_bit
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send, send_everything
from tests.support.node import LIMITS, UNFINISHED_AFTER_SECONDS, Node


def gaps(sweeper: Sweeper) -> list[tuple[int, int, GapReason]]:
    return [(gap.start, gap.end, gap.reason) for gap in sweeper.ledger.gaps]


def rescued(node: Node) -> list[Path]:
    folder = node.data / "rescue"
    return sorted(folder.glob("*.rescue")) if folder.exists() else []


def settle(node: Node, sweeper: Sweeper, looks: int = 3) -> None:
    """Until deleted files are quiet for long, and everything is stored."""
    for _ in range(looks):
        send_everything(sweeper, node.collector)
        node.clock.advance(QUIET_SECONDS)
    assert all(b.bytes_missing == b.lines_missing == 0 for b in sweeper.watch.balances())


def write(log: LogWriter, *texts: str) -> None:
    for text in texts:
        log.write(text.encode())


def test_what_is_not_read_survives_kill_9(node: Node):
    """From the look on that found the file without its name."""
    log = node.log()
    write(log, "one", "two")
    sweeper = node.sweeper()
    sweeper.look()
    log.path.unlink()
    write(log, "late")
    sweeper.look()
    sweeper = node.sweeper()
    settle(node, sweeper)
    assert node.collector.texts() == ["one", "two", "late"]
    assert sweeper.status()["balanced"]


def test_what_is_on_its_way_is_in_the_outbox_and_not_copied(node: Node):
    """The next process sends both, in order."""
    log = node.log()
    write(log, "one")
    sweeper = node.sweeper()
    sweeper.look()
    assert sweeper.collect() is not None
    offset = log.write(b"two")
    log.path.unlink()
    sweeper.look()
    (segment,) = node.sweeper().watch.rescue.generations.values()
    assert segment.next_start(-1) == offset
    settle(node, node.sweeper())
    assert node.collector.texts() == ["one", "two"]


def test_it_is_copied_between_two_looks(node: Node):
    """An agent that polls its open files sees that one has no name."""
    log = node.log()
    write(log, "one")
    sweeper = node.sweeper()
    sweeper.look()
    log.path.unlink()
    node.clock.advance(1.0)
    sweeper.poll()
    settle(node, node.sweeper())
    assert node.collector.texts() == ["one"]


def test_a_file_that_the_kubelet_compresses_is_not_copied(node: Node):
    """It has a name all the time, if another one; nor when its last name goes and it is read."""
    log = node.log()
    write(log, "one")
    rotated = log.rotate()
    sweeper = node.sweeper()
    sweeper.look()
    compressed = log.compress(rotated)
    node.clock.advance(1.0)
    sweeper.poll()
    sweeper.look()
    node.clock.advance(1.0)
    sweeper.poll()
    assert rescued(node) == []
    send_everything(sweeper, node.collector)
    compressed.unlink()
    settle(node, sweeper)
    assert rescued(node) == []
    assert (node.collector.texts(), gaps(sweeper)) == (["one"], [])


@pytest.mark.parametrize("while_agent_runs", [True, False])
def test_a_deleted_gz_goes_on_at_its_offset(node: Node, while_agent_runs: bool):
    """What was copied of it is what stood in the plain file, at the same offsets."""
    log = node.log()
    write(log, "one", "two", "three")
    compressed = log.compress(log.rotate())
    sweeper = node.sweeper(SweepLimits(1, UNFINISHED_AFTER_SECONDS, 30.0))
    sweeper.look()
    outgoing = sweeper.collect()
    assert outgoing is not None
    send(sweeper, outgoing, node.collector)
    compressed.unlink()
    sweeper.look()
    settle(node, sweeper if while_agent_runs else node.sweeper())
    assert node.collector.texts() == ["one", "two", "three"]


def test_a_copy_is_removed_when_a_checkpoint_has_passed_it(node: Node):
    """And not before: a crash in between sends it again."""
    log = node.log()
    write(log, "one")
    sweeper = node.sweeper()
    sweeper.look()
    log.path.unlink()
    sweeper.look()
    while (outgoing := sweeper.collect()) is not None:
        send(sweeper, outgoing, node.collector)
        assert len(rescued(node)) == 1
    sweeper.save()
    assert rescued(node) == []


def test_a_log_that_somebody_removed_is_followed_for_as_long_as_it_is_written(node: Node):
    """Its container does not know; nothing is lost, and nothing piles up."""
    log = node.log()
    write(log, "0")
    sweeper = node.sweeper()
    sweeper.look()
    log.path.unlink()
    for number in range(1, 20):
        write(log, str(number))
        send_everything(sweeper, node.collector)
        node.clock.advance(QUIET_SECONDS / 2)
    sweeper.save()
    assert rescued(node) == []
    settle(node, sweeper)
    assert node.collector.texts() == [str(number) for number in range(20)]
    assert (sweeper.watch.followers, gaps(sweeper)) == ({}, [])


def test_a_generation_that_no_checkpoint_knows(node: Node):
    """The copy says from which position on it is, open pieces and all."""
    log = node.log()
    log.write(b"one ", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.write(b"line")
    write(log, "two")
    log.path.unlink()
    sweeper.look()
    for name in ("checkpoint", "checkpoint.previous"):
        (node.data / name).unlink(missing_ok=True)
    shutil.rmtree(node.data / "outbox")
    sweeper = node.sweeper()
    settle(node, sweeper)
    assert node.collector.texts() == ["one line", "two"]
    assert sweeper.status()["balanced"]


def over_damaged_copy(node: Node) -> tuple[Sweeper, int]:
    """A new process, of whose only file there is a copy with a damage in its middle; its size."""
    log = node.log()
    write(log, *(f"{number} {'x' * 1000}" for number in range(1000)))
    size = log.append(b"")
    sweeper = node.sweeper()
    sweeper.look()
    shutil.rmtree(log.folder)
    sweeper.look()
    (segment,) = rescued(node)
    flip_bit(segment, segment.stat().st_size // 2)
    return node.sweeper(), size


def test_a_damaged_copy_is_a_gap_of_its_own_reason(node: Node):
    """What stands before and behind the damage is stored, and nothing else is said to be lost."""
    sweeper, size = over_damaged_copy(node)
    settle(node, sweeper, looks=8)
    ((start, end, reason),) = gaps(sweeper)
    assert reason is GapReason.RESCUE_DAMAGED
    assert 0 < start < end < size
    assert end - start < 300_000
    stored = {text.split()[0] for text in node.collector.texts()}
    assert stored >= {"0", "999"}
    assert sweeper.status()["balanced"]


def test_what_stands_behind_a_damage_waits_for_what_is_on_its_way_before_it(node: Node):
    """A look meanwhile gives up nothing."""
    sweeper, _ = over_damaged_copy(node)
    sweeper.look()
    on_the_way = []
    while (outgoing := sweeper.collect()) is not None:
        on_the_way.append(outgoing)
    for _ in range(3):
        sweeper.look()
    for outgoing in on_the_way:
        send(sweeper, outgoing, node.collector)
    settle(node, sweeper, looks=8)
    ((start, end, reason),) = gaps(sweeper)
    assert reason is GapReason.RESCUE_DAMAGED
    assert 0 < end - start < 300_000
    assert {text.split()[0] for text in node.collector.texts()} >= {"0", "999"}
    assert sweeper.status()["balanced"]


def test_a_copy_that_makes_room_is_a_gap_of_its_own_reason(node: Node):
    """The file that lost its name first goes; the later one is read."""
    logs = [node.log(name) for name in ("cart", "stock")]
    for log in logs:
        write(log, *("x" * 1000 for _ in range(600)))
    sweeper = node.sweeper(SweepLimits(1000, 5.0, 30.0, rescue_bytes=1_000_000))
    for log in logs:
        sweeper.look()
        log.path.unlink()
    sweeper.look()
    assert gaps(sweeper) == [(0, logs[0].append(b""), GapReason.RESCUE_FULL)]
    assert sweeper.ledger.gaps[0].container == "shop_cart-0_0c1/cart/0"
    settle(node, sweeper)
    assert len(gaps(sweeper)) == 1
    assert len(node.collector.documents) == 600


def test_a_copy_that_makes_room_is_no_gap_where_the_file_is_found_again(node: Node):
    """It was renamed out of sight and back, and is read under its name."""
    logs = [node.log(name) for name in ("cart", "stock")]
    for log in logs:
        write(log, *("x" * 1000 for _ in range(600)))
    sweeper = node.sweeper(SweepLimits(1000, 5.0, 30.0, rescue_bytes=1_000_000))
    sweeper.look()
    aside = logs[0].path.rename(node.pods / "aside")
    for _ in range(2):
        sweeper.look()
    assert len(rescued(node)) == 1
    aside.rename(logs[0].path)
    sweeper.look()
    logs[1].path.unlink()
    sweeper.look()
    (segment,) = sweeper.watch.rescue.generations.values()
    assert segment.segments[0].header.file.path == str(logs[1].path)
    settle(node, sweeper)
    assert gaps(sweeper) == []
    assert len(node.collector.documents) == 1200


def test_a_copy_that_makes_room_is_no_gap_where_the_file_is_there(node: Node):
    """It was renamed and compressed between two looks, and had no name that anybody knew."""
    logs = [node.log(name) for name in ("cart", "stock")]
    for log in logs:
        write(log, *("x" * 1000 for _ in range(600)))
    sweeper = node.sweeper(SweepLimits(1000, 5.0, 30.0, rescue_bytes=1_000_000))
    sweeper.look()
    for take_away in (lambda: logs[0].compress(logs[0].rotate()), logs[1].path.unlink):
        take_away()
        node.clock.advance(1.0)
        sweeper.poll()
    assert len(rescued(node)) == 1
    assert gaps(sweeper) == []
    settle(node, sweeper)
    assert gaps(sweeper) == []
    assert len(node.collector.documents) == 1200


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.unit.agent.rescue.test_keeping import without_room

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
without_room(Path(sys.argv[1]), int(sys.argv[2]))
"""


def without_room(folder: Path, held_bytes: int) -> None:
    """Two files are deleted while no file may grow beyond 1,000 bytes; runs in a child."""
    import resource

    node = Node(folder)
    logs = [node.log(name) for name in ("cart", "stock")]
    for log in logs:
        write(log, *("x" * 1000 for _ in range(600)))
    limits = SweepLimits(1_000_000, 5.0, 30.0, held_bytes=held_bytes)
    sweeper = node.sweeper(limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    for log in logs:
        sweeper.look()
        log.path.unlink()
        node.clock.advance(2 * QUIET_SECONDS)
    sweeper.look()
    assert rescued(node) == []
    held = sweeper.watch.keeping.held_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    if held_bytes:
        assert held > 1_200_000
        assert gaps(sweeper) == []
        sweeper.look()
        assert len(rescued(node)) == 2
    else:
        assert held == 0
        assert [reason for *_, reason in gaps(sweeper)] == [GapReason.HELD] * 2
    settle(node, node.sweeper() if held_bytes else sweeper)
    assert len(node.collector.documents) == (1200 if held_bytes else 0)
    for log in logs:
        log.close()


@pytest.mark.parametrize("held_bytes", [0, 10**9])
def test_where_the_disk_is_full_the_descriptor_is_kept_within_a_budget(
    tmp_path: Path, held_bytes: int
):
    """However quiet the file; it is copied once there is room. Beyond the budget it is a gap."""
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(held_bytes)]
    run = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, check=False, capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()


def test_created_rotated_and_deleted_between_a_look_and_the_reading(node: Node):
    """Every file is open from the look that finds it."""
    log = node.log()
    sweeper = node.sweeper()
    for number in range(3):
        write(log, str(number))
        rotated = log.rotate()
        sweeper.look()
        rotated.unlink()
    shutil.rmtree(log.folder)
    settle(node, sweeper)
    assert (sorted(node.collector.texts()), gaps(sweeper)) == (["0", "1", "2"], [])


def test_a_shorter_copy_is_not_the_file(node: Node):
    """What a deleted file had behind it is read all the same."""
    log = node.log()
    write(log, "one", "two")
    sweeper = node.sweeper()
    sweeper.look()
    copy = log.folder / "0.log.20230129-000001.gz"
    copy.write_bytes(gzip.compress(log.path.read_bytes().splitlines(keepends=True)[0]))
    log.path.unlink()
    sweeper.look()
    settle(node, sweeper)
    assert (node.collector.texts(), gaps(sweeper)) == (["one", "two"], [])


@pytest.mark.parametrize("folder", [None, Path("/dev/shm")])
def test_an_inode_that_is_used_again_is_another_file(
    node: Node, folder: Path | None, tmp_path_factory: pytest.TempPathFactory
):
    """On tmpfs and ext4 a new file often gets the number of the one that was just removed."""
    if folder is not None and not folder.is_dir():
        pytest.skip("this machine has no /dev/shm")
    log = node.log()
    if folder is not None:
        mounted = folder / tmp_path_factory.mktemp("inodes").name
        shutil.copytree(node.pods, mounted / "pods")
        node.pods = mounted / "pods"
        log = LogWriter(node.pods, "shop_stock-0_0c1", "stock")
    try:
        write(log, "one")
        sweeper = node.sweeper()
        send_everything(sweeper, node.collector)
        sweeper.close()
        sweeper.save()
        log.path.unlink()
        log.reopen()
        write(log, "1")
        settle(node, node.sweeper())
        assert sorted(node.collector.texts()) == ["1", "one"]
    finally:
        if folder is not None:
            log.close()
            shutil.rmtree(mounted)


def test_a_file_that_is_gone_is_remembered_as_long_as_the_outbox_may_send_it_again(node: Node):
    """Its part shares a batch with one that is held: the next process counts it once."""
    gone, held = node.log("gone"), node.log("held")
    for log in (gone, held):
        log.write(b"one")
    node.collector.held = {str(held.path)}
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    shutil.rmtree(gone.folder)
    settle(node, sweeper)
    sweeper.save()
    sweeper = node.sweeper()
    node.collector.held = set()
    settle(node, sweeper)
    assert (sweeper.ledger.indexed, sweeper.ledger.existing, gaps(sweeper)) == (2, 0, [])
    assert {each.file.container.name for each in sweeper.watch.followers.values()} == {"held"}


def test_limits_have_their_defaults():
    """256 MiB of copies, and 512 MiB of the disk."""
    assert (LIMITS.rescue_bytes, LIMITS.held_bytes) == (256 * 2**20, 512 * 2**20)
