"""What a runtime and a kubelet do to the files of a container, and that each line arrives once."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from agent.sweep import SweepLimits
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send, send_everything
from tests.support.node import UNFINISHED_AFTER_SECONDS, Node

DAY_SECONDS = 24 * 60 * 60.0


def numbered(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


def test_three_rotations_between_two_looks(node: Node):
    """No file in the middle is passed over, though the kubelet has packed some of them already."""
    log = node.log()
    lines = iter(numbered(12))
    log.write(next(lines).encode())
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    rotated: list[Path] = []
    for text in lines:
        log.write(text.encode())
        if text.endswith(("2", "5", "8")):
            if rotated:
                rotated[-1] = log.compress(rotated[-1])
            rotated.append(log.rotate())
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == sorted(numbered(12))
    assert (sweeper.ledger.gap_count, sweeper.ledger.existing) == (0, 0)
    assert sweeper.status()["balanced"]


def test_what_is_packed_while_nobody_takes_anything_is_read_to_its_end(node: Node):
    """
    A range is on its way and stays there; its file is renamed, packed, and followed by others.

    Offsets in a packed file are those in what the runtime wrote, so reading goes on in it.
    """
    log = node.log()
    log.write(b"line 0")
    sweeper = node.sweeper()
    sweeper.look()
    on_its_way = sweeper.collect()
    assert on_its_way is not None
    for number in range(1, 7):
        log.write(f"line {number}".encode())
        if number % 2:
            log.compress(log.rotate())
        sweeper.look()
    again = node.sweeper()
    send_everything(again, node.collector)
    assert sorted(node.collector.texts()) == numbered(7)
    assert (again.ledger.gap_count, again.ledger.existing) == (0, 0)
    assert again.status()["balanced"]


def test_a_renamed_file_has_no_deadline(node: Node):
    """However long its turn takes to come, it is read to its end; so is what is written late."""
    log = node.log()
    for text in (b"a", b"b", b"c"):
        log.write(text * 70_000)
    rotated = log.rename()
    sweeper = node.sweeper(SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0))
    sweeper.look()
    while (outgoing := sweeper.collect()) is not None:
        send(sweeper, outgoing, node.collector)
        node.clock.advance(DAY_SECONDS)
        sweeper.look()
    log.write(b"late")
    log.reopen()
    log.write(b"new")
    node.clock.advance(DAY_SECONDS)
    send_everything(sweeper, node.collector)
    assert rotated.exists()
    assert sorted(text[:4] for text in node.collector.texts()) == [
        *("aaaa", "bbbb", "cccc"),
        *("late", "new"),
    ]
    assert sweeper.status()["balanced"]


def test_a_rotation_that_is_taken_back_repeats_nothing(node: Node):
    """The runtime did not reopen, the kubelet renames back: the same lines under the same IDs."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    rotated = log.rename()
    log.write(b"two")
    send_everything(sweeper, node.collector)
    rotated.rename(log.path)
    log.write(b"three")
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one", "two", "three"]
    assert (sweeper.ledger.indexed, sweeper.ledger.existing) == (3, 0)
    assert sweeper.status()["files"] == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_a_file_that_is_packed_is_not_read_again(node: Node, restarted: bool):
    """Not while it is packed, not while both are there, not after; nor by another process."""
    log = node.log()
    log.write(b"one")
    rotated = log.rotate()
    log.write(b"two")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    plain = rotated.read_bytes()
    rotated.with_name(f"{rotated.name}.tmp").write_bytes(gzip.compress(plain)[:-10])
    send_everything(sweeper, node.collector)
    log.compress(rotated)
    rotated.write_bytes(plain)
    send_everything(sweeper, node.collector)
    rotated.unlink()
    sweeper = node.sweeper() if restarted else sweeper
    for _ in range(3):
        send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["one", "two"]
    assert (sweeper.ledger.indexed, sweeper.ledger.existing) == (2, 0)
    assert (sweeper.ledger.gap_count, sweeper.status()["unreadable"]) == (0, {})


def test_the_lives_of_a_container_are_told_apart(node: Node):
    """Each line says in which life of its container it was written."""
    log = node.log()
    log.write(b"first life")
    log.restart()
    log.write(b"second life")
    send_everything(node.sweeper(), node.collector)
    lines = node.collector.sources()
    restarts = {line["message"]: line["kubernetes.container.restart"] for line in lines}
    assert restarts == {"first life": 0, "second life": 1}


def test_what_is_unfinished_is_not_glued_to_the_next_life(node: Node):
    """containerd leaves a last line without a newline as a piece that nothing follows."""
    log = node.log()
    log.write(b"last words", tag="P")
    log.restart()
    log.write(b"first words")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["first words", "last words"]
    assert sweeper.status()["balanced"]


def test_lines_of_one_byte(node: Node):
    """Nothing is too small to be read, nor to be told apart."""
    logs = [node.log(name) for name in ("cart", "stock")]
    for log in logs:
        log.write(b"1")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    logs[0].write(b"2")
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["1", "1", "2"]
    assert sweeper.status()["balanced"]


def test_two_containers_may_write_the_same_bytes(node: Node):
    """At the same nanosecond, from the first to the last."""
    for name in ("cart", "stock"):
        log = node.log(name)
        for _ in range(100):
            log.write(b"the same banner " * 20)
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert len(node.collector.texts()) == sweeper.ledger.indexed == 200
    assert sweeper.ledger.existing == 0


TRACE = (
    b"ERROR order of %s failed",
    b"java.lang.IllegalStateException: no beans for %s",
    b"\tat shop.Stock.take(%s.java:27)",
)


def test_traces_of_two_containers_at_the_same_time(node: Node):
    """Each is one record, of its own container, with all its lines."""
    logs: dict[str, LogWriter] = {name: node.log(name) for name in ("cart", "stock")}
    limits = SweepLimits(1024 * 1024, UNFINISHED_AFTER_SECONDS, 30.0, group_seconds=1.0)
    sweeper = node.sweeper(limits)
    for line in TRACE:
        for name, log in logs.items():
            log.write(line % name.encode())
        send_everything(sweeper, node.collector)
    node.clock.advance(limits.group_seconds)
    send_everything(sweeper, node.collector)
    found = {source["kubernetes.container.name"]: source for source in node.collector.sources()}
    assert len(node.collector.documents) == 2
    for name, source in found.items():
        assert source["message"] == f"ERROR order of {name} failed"
        assert source["error.message"] == f"no beans for {name}"
        assert f"shop.Stock.take({name}.java:27)" in source["error.stack_trace"]
    assert sweeper.status()["balanced"]


def test_a_file_that_could_not_be_read_is_taken_up_again(node: Node):
    """By itself, as soon as it can be: nobody has to start the agent again."""
    log = node.log()
    log.write(b"one")
    rotated = log.rotate()
    log.write(b"two")
    packed = log.compress(rotated)
    whole = packed.read_bytes()
    packed.write_bytes(whole[:-12])
    sweeper = node.sweeper()
    for _ in range(3):
        send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["two"]
    assert list(sweeper.status()["unreadable"]) == [str(packed)]
    packed.write_bytes(whole)
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["one", "two"]
    assert (sweeper.status()["unreadable"], sweeper.status()["balanced"]) == ({}, True)
