"""When the checkpoint is written: also while nothing is sent, and before anything relies on it."""

from __future__ import annotations

import shutil

import pytest
from prometheus_client import REGISTRY

from agent.ledger import GapReason
from agent.saving import SAVE_SECONDS
from agent.sweep import Sweeper, SweepLimits
from tests.support.memory_collector import send_everything
from tests.support.node import Node

LITTLE_ROOM = SweepLimits(1024 * 1024, 5.0, 30.0, group_seconds=0.0, rescue_bytes=3000)
"""The rescue spool has room for one of the files below."""


def look(node: Node, sweeper: Sweeper, times: int = 1) -> None:
    for _ in range(times):
        node.clock.advance(SAVE_SECONDS)
        sweeper.look()


def gaps(sweeper: Sweeper) -> list[tuple[str, GapReason]]:
    return [(gap.path, gap.reason) for gap in sweeper.ledger.gaps]


def block_checkpoint(node: Node) -> None:
    (node.data / "checkpoint.new").mkdir()


def test_what_looks_find_out_survives_kill_9_while_nothing_is_sent(node: Node):
    """A collector that is down for an hour is no reason to forget an hour of gaps."""
    logs = [node.log(name) for name in ("cart", "stock", "order")]
    sweeper = node.sweeper(LITTLE_ROOM)
    for log in logs:
        for _ in range(20):
            log.write(b"x" * 60)
    look(node, sweeper)
    for log in logs[:2]:
        shutil.rmtree(log.folder)
        look(node, sweeper, 2)
    logs[2].truncate()
    logs[2].write(b"anew")
    look(node, sweeper, 2)
    found = gaps(sweeper)
    assert [reason for _, reason in found] == [GapReason.RESCUE_FULL, GapReason.TRUNCATED]
    again = node.sweeper(LITTLE_ROOM)
    assert gaps(again) == found
    for _ in range(4):
        send_everything(again, node.collector)
        node.clock.advance(60)
    assert gaps(again) == found
    assert len(node.collector.documents) == 21


def test_a_file_that_was_seen_once_is_missed_after_kill_9(node: Node):
    """Though nothing of it was ever sent."""
    log = node.log()
    log.write(b"one")
    look(node, node.sweeper())
    shutil.rmtree(log.folder)
    again = node.sweeper()
    look(node, again, 3)
    assert gaps(again) == [(str(log.path), GapReason.UNSEEN)]


def test_a_checkpoint_that_cannot_be_written_stops_no_look(node: Node):
    """It is told as that, and the first look that can writes it."""
    failures = "clew_agent_checkpoint_failures_total"
    before = REGISTRY.get_sample_value(failures)
    assert before is not None
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    block_checkpoint(node)
    look(node, sweeper)
    assert REGISTRY.get_sample_value(failures) == before + 1
    with pytest.raises(IsADirectoryError):
        sweeper.collect()
    (node.data / "checkpoint.new").rmdir()
    look(node, sweeper)
    assert [each.file.path for each in node.remembered().files.values()] == [str(log.path)]


def test_a_copy_makes_room_when_its_gap_is_on_the_disk(node: Node):
    """Killed in between, or with a disk that takes no checkpoint, nothing is lost in silence."""
    cart, stock = node.log("cart"), node.log("stock")
    for log in (cart, stock):
        for _ in range(20):
            log.write(b"x" * 60)
    sweeper = node.sweeper(LITTLE_ROOM)
    look(node, sweeper)
    cart.path.unlink()
    sweeper.look()
    block_checkpoint(node)
    stock.path.unlink()
    sweeper.look()
    again = node.sweeper(LITTLE_ROOM)
    (copied,) = again.watch.rescue.generations.values()
    assert copied.segments[0].header.file.path == str(cart.path)
    (node.data / "checkpoint.new").rmdir()
    sweeper.look()
    again = node.sweeper(LITTLE_ROOM)
    (copied,) = again.watch.rescue.generations.values()
    assert copied.segments[0].header.file.path == str(stock.path)
    assert gaps(again) == [(str(cart.path), GapReason.RESCUE_FULL)]


def test_another_store_is_written_down_before_it_is_sent_to(node: Node):
    """A next process neither believes what was meant for the old one, nor its positions."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.meet("first")
    send_everything(sweeper, node.collector)
    log.write(b"two")
    sweeper.look()
    assert sweeper.collect() is not None
    sweeper.save()
    sweeper.meet("second")
    assert node.remembered().store == "second"
    again = node.sweeper()
    again.meet("second")
    assert again.collect() is None
    node.collector.documents.clear()
    send_everything(again, node.collector)
    assert node.collector.texts() == ["one", "two"]
    assert again.status()["balanced"]


def test_nothing_is_sent_to_another_store_that_is_not_written_down(node: Node):
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.meet("first")
    send_everything(sweeper, node.collector)
    block_checkpoint(node)
    sweeper.meet("second")
    sweeper.look()
    with pytest.raises(IsADirectoryError):
        sweeper.collect()
    assert node.remembered().store == "first"
    (node.data / "checkpoint.new").rmdir()
    node.collector.documents.clear()
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one"]
    assert node.remembered().store == "second"
