"""What one bad block does: it costs what stands in it, is told, and stops nothing else."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from agent.checkpoint import CheckpointFile
from agent.ledger import GapReason
from agent.outbox.outbox import Outgoing
from agent.outbox.sending import HELD_FOR_SECONDS
from agent.rescue.keeping import QUIET_SECONDS
from agent.sweep import Sweeper, SweepLimits
from clew.runtime.errors import CorruptionError
from tests.support.bad_disk import fail_to_read, flip_bit
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send, send_everything
from tests.support.node import UNFINISHED_AFTER_SECONDS, Node


def slot_of(node: Node, outgoing: Outgoing) -> Path:
    return node.data / "outbox" / f"{outgoing.kept.slot}.slot"


def collected(sweeper: Sweeper) -> Outgoing:
    sweeper.look()
    outgoing = sweeper.collect()
    assert outgoing is not None
    return outgoing


def held(node: Node, sweeper: Sweeper, *logs: LogWriter) -> Outgoing:
    """The next batch, after the collector did not take these files of it; it is due again."""
    node.collector.held = {str(log.path) for log in logs}
    outgoing = collected(sweeper)
    assert send(sweeper, outgoing, node.collector) == len(logs)
    node.collector.held = set()
    return outgoing


def send_or_read_again(node: Node, sweeper: Sweeper, looks: int = 3) -> int:
    """As `agent.sending` does; how many batches could not be had."""
    lost = 0
    for _ in range(looks):
        node.clock.advance(HELD_FOR_SECONDS)
        sweeper.look()
        while (outgoing := sweeper.collect()) is not None:
            try:
                send(sweeper, outgoing, node.collector)
            except CorruptionError:
                sweeper.read_again(outgoing)
                lost += 1
    assert all(b.bytes_missing == b.lines_missing == 0 for b in sweeper.watch.balances())
    return lost


def damaged_batches() -> float:
    return REGISTRY.get_sample_value("clew_agent_batches_damaged_total") or 0.0


def test_an_agent_starts_with_a_bad_block_in_everything_it_keeps(node: Node):
    """One slot, one copy and the checkpoint: every line is stored once, or in a gap."""
    cart, stock = node.log("cart"), node.log("stock")
    for log in (cart, stock):
        log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    sweeper.save()
    cart.write(b"two")
    outgoing = collected(sweeper)
    stock.write(b"two")
    sweeper.look()
    shutil.rmtree(stock.folder)
    sweeper.look()
    sweeper.save()
    (segment,) = (node.data / "rescue").glob("*.rescue")
    for file in (slot_of(node, outgoing), segment, node.data / "checkpoint"):
        fail_to_read(file)
    sweeper = node.sweeper()
    send_or_read_again(node, sweeper)
    assert sorted(node.collector.texts()) == ["one", "one", "two"]
    assert {gap.reason for gap in sweeper.ledger.gaps} <= {
        GapReason.UNSEEN,
        GapReason.RESCUE_DAMAGED,
    }
    assert sweeper.ledger.gap_count > 0
    assert sweeper.status()["balanced"]


def test_damaged_checkpoints_cost_no_copy(node: Node):
    """What no checkpoint knows is in the copy itself: it is not removed for the new one."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    shutil.rmtree(log.folder)
    sweeper.look()
    for _ in range(2):
        sweeper.save()
    for name in ("checkpoint", "checkpoint.previous"):
        fail_to_read(node.data / name)
    sweeper = node.sweeper()
    send_or_read_again(node, sweeper)
    assert node.collector.texts() == ["one"]
    assert sweeper.ledger.gaps == []


def test_a_slot_that_rots_while_the_agent_runs_is_read_again_out_of_its_files(node: Node):
    """What stands behind it goes as it was decided, and the books are in order."""
    before = damaged_batches()
    cart, stock = node.log("cart"), node.log("stock")
    for log in (cart, stock):
        log.write(b"one")
    sweeper = node.sweeper()
    outgoing = held(node, sweeper, cart)
    cart.write(b"two")
    flip_bit(slot_of(node, outgoing))
    assert send_or_read_again(node, sweeper) == 1
    assert sorted(node.collector.texts()) == ["one", "one", "two"]
    assert len(node.collector.documents) == 3
    assert damaged_batches() == before + 1
    sweeper.save()
    assert sweeper.statusz()["outbox"]["batches"] == 0
    assert sweeper.status()["balanced"]


def test_ranges_behind_a_slot_that_rots_stay_as_they_are(node: Node):
    """Also those that are answered already, and one that a next process would send."""
    log = node.log()
    sweeper = node.sweeper()
    batches = []
    for text in (b"one", b"two", b"three"):
        log.write(text)
        batches.append(collected(sweeper))
    first, second, third = batches
    send(sweeper, second, node.collector)
    third.body = None
    fail_to_read(slot_of(node, first))
    first.body = None
    sweeper.give_back(third)
    sweeper.give_back(first)
    assert send_or_read_again(node, sweeper) == 1
    assert node.collector.texts() == ["one", "two", "three"]
    assert (sweeper.ledger.lines_read, sweeper.ledger.existing) == (3, 0)
    assert sweeper.status()["balanced"]


def test_a_slot_that_rots_when_its_file_is_gone_is_a_gap(node: Node):
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    outgoing = held(node, sweeper, log)
    end = log.append(b"")
    shutil.rmtree(log.folder)
    for _ in range(3):  # it is read to its end, and so not kept
        node.clock.advance(QUIET_SECONDS / 60)
        sweeper.look()
    node.clock.advance(QUIET_SECONDS)
    sweeper.look()
    flip_bit(slot_of(node, outgoing))
    assert send_or_read_again(node, sweeper) == 1
    (gap,) = sweeper.ledger.gaps
    assert (gap.start, gap.end) == (0, end)
    assert sweeper.watch.followers == {}
    assert sweeper.status()["balanced"]


def test_a_slot_of_an_end_without_bytes_that_rots(node: Node):
    """The open line is ended again where it was, before what was read behind it."""
    log = node.log()
    log.write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    first = collected(sweeper)
    assert first.ranges[0].size_bytes == 0
    log.write(b"two")
    second = collected(sweeper)
    first.body = None
    flip_bit(slot_of(node, first))
    sweeper.give_back(second)
    sweeper.give_back(first)
    log.write(b"three")
    assert send_or_read_again(node, sweeper) == 1
    assert node.collector.texts() == ["half", "two", "three"]
    assert sweeper.status()["balanced"]


@pytest.mark.parametrize("there", [True, False])
def test_a_slot_of_an_end_without_bytes_is_damaged_when_an_agent_starts(node: Node, there: bool):
    """Nor is what was open lost then, whether or not the file is there any more."""
    log = node.log()
    log.write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    sweeper.save()
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    end = collected(sweeper)
    log.write(b"two")
    collected(sweeper)
    flip_bit(slot_of(node, end))
    if not there:
        shutil.rmtree(log.folder)
    sweeper = node.sweeper()
    send_or_read_again(node, sweeper, looks=5)
    assert node.collector.texts() == ["half", "two"]
    assert sweeper.status()["balanced"]


def test_an_open_file_that_says_nothing_any_more_is_unreadable(node: Node):
    """Between two looks and in them; the others are followed, and so is it under its name."""
    cart, stock = node.log("cart"), node.log("stock")
    for log in (cart, stock):
        log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    (follower,) = (f for f in sweeper.watch.followers.values() if f.file.path == str(cart.path))
    assert follower.opened is not None
    os.close(follower.opened._file.fileno())
    node.clock.advance(1)
    sweeper.poll()
    assert list(sweeper.status()["unreadable"]) == [str(cart.path)]
    assert not sweeper.status()["balanced"]
    aside = cart.path.rename(node.pods / "aside")
    stock.write(b"two")
    sweeper.look()
    assert list(sweeper.status()["unreadable"]) == [str(cart.path)]
    aside.rename(cart.path)
    cart.write(b"two")
    sweeper.look()
    assert list(sweeper.status()["unreadable"]) == [str(cart.path)]
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["one", "one", "two", "two"]
    assert sweeper.status()["balanced"]


def test_a_deleted_file_that_fails_to_be_read_once_is_kept_open(node: Node):
    """It is nowhere else: the next try reads it."""
    log = node.log()
    for number in range(3):
        log.write(b"%d" % number)
    compressed = log.compress(log.rotate())
    content = compressed.read_bytes()
    limits = SweepLimits(1024 * 1024, 5.0, 30.0, group_seconds=0.0, rescue_bytes=0)
    sweeper = node.sweeper(limits)
    sweeper.look()
    with compressed.open("r+b") as file:
        compressed.unlink()
        file.truncate(len(content) - 10)
        assert sweeper.collect() is None
        assert "damaged gzip" in sweeper.status()["unreadable"][str(compressed)]
        file.truncate(0)
        file.seek(0)
        file.write(content)
    for _ in range(4):
        send_everything(sweeper, node.collector)
        node.clock.advance(QUIET_SECONDS)
    assert node.collector.texts() == ["0", "1", "2"]
    assert sweeper.ledger.gaps == []
    assert sweeper.status()["balanced"]


def test_a_file_that_no_look_finds_is_closed_and_dropped(node: Node):
    """It is known from the checkpoint, can be opened by its name, and no source gives it."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    sweeper.save()
    state = node.remembered()
    (progress,) = state.files.values()
    aside = log.path.rename(log.folder / "aside.log")
    progress.file = replace(progress.file, path=str(aside))
    sweeper.close()
    CheckpointFile(node.data).save(state)
    sweeper = node.sweeper()
    for _ in range(5):
        send_everything(sweeper, node.collector)
        node.clock.advance(QUIET_SECONDS)
    assert node.collector.texts() == ["one"]
    assert sweeper.watch.followers == {}
    assert sweeper.status()["balanced"]
