"""Batches out of files, and what an answer, a crash or a full disk does to them."""

from __future__ import annotations

import os
import shutil

import pytest

from agent.outbox.outbox import Outbox, Outgoing
from agent.outbox.sending import HELD_FOR_SECONDS
from agent.rescue.keeping import QUIET_SECONDS
from agent.rounds import IN_FLIGHT_BYTES
from agent.sweep import Sweeper, SweepLimits
from clew.schema.line import Flag
from clew.wire.batch import Answer, PartAnswer, decode_batch
from tests.support.memory_collector import BATCH_BYTES, send, send_everything
from tests.support.node import UNFINISHED_AFTER_SECONDS, Node


def collected(sweeper: Sweeper, *, close_at_once: bool = False) -> Outgoing:
    outgoing = sweeper.collect(close_at_once=close_at_once)
    assert outgoing is not None
    return outgoing


def containers(outgoing: Outgoing) -> list[str]:
    return [part.file.container.name for part in outgoing.ranges]


def test_lines_arrive(node: Node):
    """Every line of every file is stored, and then there is nothing to send."""
    for name in ("cart", "stock"):
        log = node.log(name)
        log.write(f"{name} out".encode())
        log.write(f"{name} err".encode(), "stderr")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["cart err", "cart out", "stock err", "stock out"]
    assert sweeper.idle
    assert sweeper.status()["balanced"]
    assert sweeper.ledger.lines_read == sweeper.ledger.indexed == 4


def test_a_batch_is_durable_before_it_exists(node: Node):
    """Whatever is sent, the outbox on disk has it, byte for byte."""
    for name in ("cart", "stock"):
        node.log(name).write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    outgoing = collected(sweeper)
    outbox = Outbox(node.data / "outbox")
    (left,) = outbox.load(0, [])
    assert outbox.body(left) == sweeper.body(outgoing)
    assert [part.after for part in left.ranges] == [part.after for part in outgoing.ranges]


def test_no_batch_without_an_outbox(node: Node):
    """Where the outbox can't be written nothing is sent; later the same lines are."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    shutil.rmtree(node.data)
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            sweeper.collect()
    log.write(b"two")
    node.data.mkdir()
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one", "two"]
    assert sweeper.status()["balanced"]


def test_a_replay_is_the_same_batch(node: Node):
    """Killed with a batch on its way, the agent sends that batch, though its files have grown."""
    logs = [node.log("cart"), node.log("stock")]
    for log in logs:
        log.write(b"one ", tag="P")
        log.write(b"error", "stderr")
        log.write(b"line")
        log.write(b"open", tag="P")
    sweeper = node.sweeper()
    sweeper.look()
    first = collected(sweeper)
    for log in logs:
        log.write(b" and closed")
        log.write(b"more")
    again = node.sweeper()
    again.look()
    assert again.body(collected(again)) == sweeper.body(first)


def test_a_replay_of_an_unfinished_line_is_the_same_batch(node: Node):
    """What was given up on stays so, though its rest has come."""
    log = node.log()
    log.write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    first = collected(sweeper, close_at_once=True)
    log.write(b" a line")
    again = node.sweeper()
    again.look()
    second = collected(again)
    assert again.body(second) == sweeper.body(first)
    send(again, second, node.collector)
    send_everything(again, node.collector)
    assert node.collector.texts() == ["half", " a line"]
    assert again.status()["balanced"]


def test_killed_before_the_checkpoint_after_an_answer(node: Node):
    """What was stored and not yet written down is sent again, and counted as stored before."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    send(sweeper, collected(sweeper), node.collector)
    again = node.sweeper()
    send_everything(again, node.collector)
    assert node.collector.texts() == ["one"]
    assert (again.ledger.indexed, again.ledger.existing) == (1, 1)
    assert again.status()["balanced"]


def test_an_answer_is_written_down(node: Node):
    """It does not wait for the next line: with nothing to send, the checkpoint is still written."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    (progress,) = node.remembered().files.values()
    assert progress.position.offset == progress.size
    assert node.remembered().ledger == sweeper.ledger


def test_nothing_new_is_not_written(node: Node):
    """An idle agent leaves the disk alone."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    (node.data / "checkpoint").unlink()
    send_everything(sweeper, node.collector)
    assert not (node.data / "checkpoint").exists()


def test_several_ranges_of_a_file_in_flight(node: Node):
    """Answered in any order, they are passed in their own; a checkpoint in between loses none."""
    log = node.log()
    sweeper = node.sweeper()
    batches = []
    for text in (b"one", b"two", b"three"):
        log.write(text)
        sweeper.look()
        batches.append(collected(sweeper))
    for outgoing in batches[1:]:
        send(sweeper, outgoing, node.collector)
    sweeper.save()
    assert sweeper.ledger.lines_read == 0
    again = node.sweeper()
    send_everything(again, node.collector)
    assert node.collector.texts() == ["one", "two", "three"]
    assert (again.ledger.indexed, again.ledger.existing) == (3, 2)
    assert again.status()["balanced"]


def test_a_file_has_so_much_in_flight_and_no_more(node: Node):
    """One that grows fast does not fill the outbox for the others."""
    log = node.log()
    sweeper = node.sweeper()
    for _ in range(2 * IN_FLIGHT_BYTES // 1_000_000):
        log.write(b"x" * 990_000)
    sweeper.look()
    batches = 0
    while sweeper.collect() is not None:
        batches += 1
    (follower,) = sweeper.watch.followers.values()
    assert IN_FLIGHT_BYTES <= follower.in_flight_bytes < IN_FLIGHT_BYTES + 3_000_000
    assert batches > 1


def test_an_outbox_that_is_full(node: Node):
    """Nothing more is read until something was answered for and a checkpoint says so."""
    for name in ("a", "b"):
        node.log(name).write(os.urandom(40_000).hex().encode())
    sweeper = node.sweeper(
        SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0, outbox_bytes=20_000)
    )
    sweeper.look()
    outgoing = collected(sweeper)
    assert sweeper.collect() is None
    send(sweeper, outgoing, node.collector)
    assert sweeper.collect() is None
    assert sweeper.collect() is not None


def test_a_batch_that_is_given_back(node: Node):
    """Its plans stand, and the next batch is the same."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    first = collected(sweeper)
    sweeper.give_back(first)
    assert not sweeper.idle
    assert collected(sweeper) is first


def test_a_held_part_rests(node: Node):
    """Its file waits a moment, and the others go on; then it is sent as it was."""
    logs = {name: node.log(name) for name in ("cart", "stock")}
    for log in logs.values():
        log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    outgoing = collected(sweeper)
    held = outgoing.ranges[containers(outgoing).index("cart")]
    node.collector.held = {str(logs["cart"].path)}
    assert send(sweeper, outgoing, node.collector) == 1
    for log in logs.values():
        log.write(b"two")
    sweeper.look()
    outgoing = collected(sweeper)
    assert containers(outgoing) == ["stock"]
    send(sweeper, outgoing, node.collector)
    node.collector.held = set()
    node.clock.advance(HELD_FOR_SECONDS)
    outgoing = collected(sweeper)
    assert [part.start for part in outgoing.ranges] == [held.start]
    send(sweeper, outgoing, node.collector)
    send_everything(sweeper, node.collector)
    assert sorted(node.collector.texts()) == ["one", "one", "two", "two"]
    assert sweeper.status()["balanced"]


@pytest.mark.parametrize("acknowledged", [0, 5, 1_000_000])
def test_an_answer_that_does_not_fit(node: Node, acknowledged: int):
    """Nothing but the whole range, and no error, moves the position."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    answer = Answer([PartAnswer(acknowledged, indexed=1)])
    assert sweeper.settle(collected(sweeper), answer) == 1
    assert sweeper.ledger.lines_read == 0
    assert sweeper.watch.unread_bytes > 0


def test_an_answer_with_an_error_for_no_bytes(node: Node):
    """A part that only closes lines ends where it begins, so its error counts, not its offset."""
    node.log().write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    outgoing = collected(sweeper, close_at_once=True)
    (part,) = outgoing.ranges
    answer = Answer([PartAnswer(part.after.offset, error="busy")])
    assert sweeper.settle(outgoing, answer) == 1
    assert sweeper.status()["pieces_open"] == 1


def test_an_open_line_is_waited_for(node: Node):
    """It goes without its rest when its file has been quiet for so long, and says so."""
    log = node.log()
    log.write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert sweeper.status()["pieces_open"] == 1
    node.clock.advance(UNFINISHED_AFTER_SECONDS - 0.1)
    log.write(b" a", tag="P")
    send_everything(sweeper, node.collector)
    node.clock.advance(UNFINISHED_AFTER_SECONDS - 0.1)
    send_everything(sweeper, node.collector)
    assert node.collector.documents == {}
    assert sweeper.status()["balanced"]
    node.clock.advance(0.2)
    send_everything(sweeper, node.collector)
    (source,) = node.collector.sources()
    assert source["message"] == "half a"
    assert source["clew.violations"] == ["unfinished_line"]
    assert sweeper.status()["balanced"]


def test_an_open_line_is_waited_for_after_a_restart(node: Node):
    """The new process does not know how long it was quiet, and waits anew."""
    node.log().write(b"half", tag="P")
    send_everything(node.sweeper(), node.collector)
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert node.collector.documents == {}
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["half"]


def test_last_words(node: Node):
    """A pod goes with a line unfinished, a range on its way, and bytes unread: all is read."""
    log = node.log()
    log.write(b"one")
    log.write(b"last words", tag="P")
    sweeper = node.sweeper()
    sweeper.look()
    outgoing = collected(sweeper)
    log.write(b" that somebody hears")
    sweeper.look()
    shutil.rmtree(node.pods / "shop_cart-0_0c1")
    for _ in range(3):
        send_everything(sweeper, node.collector)
    send(sweeper, outgoing, node.collector)
    node.clock.advance(QUIET_SECONDS)
    for _ in range(3):
        send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one", "last words that somebody hears"]
    status = sweeper.status()
    assert (status["files"], status["gap_count"], status["balanced"]) == (0, 0, True)
    sweeper.save()
    state = node.remembered()
    assert (state.files, state.ledger, state.open_batches) == ({}, sweeper.ledger, [])


def test_a_file_that_went_while_no_agent_ran_is_not_idle_before_it_is_accounted_for(node: Node):
    """One look may have missed it; an agent that reads everything once waits for the second."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    sweeper.save()
    log.path.unlink()
    sweeper = node.sweeper()
    assert sweeper.collect() is None
    idle = []
    for _ in range(2):
        sweeper.look()
        idle.append(sweeper.idle)
    assert idle == [False, True]
    assert sweeper.ledger.gap_count == 1


def test_a_deleted_file_is_idle_when_it_is_read(node: Node):
    """That somebody may still write to it keeps it open, and nobody waiting."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    log.path.unlink()
    sweeper.look()
    idle = [sweeper.idle]
    send_everything(sweeper, node.collector)
    idle.append(sweeper.idle)
    assert idle == [False, True]
    assert len(sweeper.watch.followers) == 1


def test_a_file_that_becomes_unreadable(node: Node):
    """It is named, its plan stands, and nobody waits for it: the books are not called balanced."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    sweeper.give_back(collected(sweeper))
    aside = log.path.rename(log.folder / "aside")
    log.path.symlink_to(log.path)
    for _ in range(3):
        send_everything(sweeper, node.collector)
    assert sweeper.idle
    assert list(sweeper.status()["unreadable"]) == [str(log.path)]
    assert not sweeper.status()["balanced"]
    log.path.unlink()
    aside.rename(log.path)
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one"]
    assert sweeper.status()["balanced"]


def test_a_read_that_fails(node: Node):
    """It is named too where only reading fails, after the look."""
    log = node.log()
    log.write(b"one")
    compressed = log.compress(log.rotate())
    sweeper = node.sweeper()
    sweeper.look()
    os.truncate(compressed, compressed.stat().st_size - 10)
    assert sweeper.collect() is None
    assert "damaged gzip" in sweeper.status()["unreadable"][str(compressed)]


def test_a_file_that_is_replaced_after_the_look(node: Node):
    """The new one is not read in the old one's place; the next look finds it."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    log.truncate()
    log.write(b"two")
    assert sweeper.collect() is None
    for _ in range(2):
        send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["two"]
    assert sweeper.ledger.gap_count == 1
    assert sweeper.status()["balanced"]


def test_a_file_that_is_replaced_without_a_trace(node: Node):
    """As long and as old as the one before: reading it shows that it is another one."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    before = log.path.stat()
    log.truncate()
    log.write(b"two")
    os.utime(log.path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    for _ in range(3):
        send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["two"]
    assert sweeper.status()["balanced"]


def test_a_batch_has_a_size(node: Node):
    """It ends with the range that fills it, and each turn begins with another file."""
    for name in ("a", "b", "c"):
        node.log(name).write(b"x" * 70_000)
    sweeper = node.sweeper(SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0))
    sweeper.look()
    turns = [containers(collected(sweeper)) for _ in range(3)]
    assert sorted(turns) == [["a"], ["b"], ["c"]]


def test_a_loud_container_does_not_starve_the_others(node: Node):
    """Though each could fill every batch, they take turns."""
    logs = [node.log(name) for name in ("a", "b", "c")]
    sweeper = node.sweeper(SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0))
    turns = []
    for _ in range(6):
        for log in logs:
            log.write(b"x" * 70_000)
        sweeper.look()
        outgoing = collected(sweeper)
        turns += containers(outgoing)
        send(sweeper, outgoing, node.collector)
    assert sorted(turns) == ["a", "a", "b", "b", "c", "c"]


def test_pieces_read_before_count_in_the_size_of_a_batch(node: Node):
    """A line brings them along when it ends."""
    for name in ("a", "b"):
        log = node.log(name)
        log.write(b"x" * 70_000, tag="P")
    limits = SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0)
    sweeper = node.sweeper(limits)
    send_everything(sweeper, node.collector)
    for log in node.logs:
        log.write(b"the end")
    sweeper.look()
    assert len(containers(collected(sweeper))) == 1


def test_what_is_not_read_yet_is_not_accounted_for(node: Node):
    """Stopped before the first look, or between two batches, an import is not complete."""
    for name in ("a", "b"):
        node.log(name).write(b"x" * 70_000)
    sweeper = node.sweeper(SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0))
    assert not sweeper.status()["balanced"]
    sweeper.look()
    balanced = []
    while (outgoing := sweeper.collect()) is not None:
        send(sweeper, outgoing, node.collector)
        balanced.append(sweeper.status()["balanced"])
    assert balanced == [False, True]


def test_status(node: Node):
    """Where the agent stands, with the books."""
    log = node.log()
    log.write(b"one")
    log.write(b"half", tag="P")
    log.append(b"garbage\n")
    tail = b"no newline"
    log.append(tail)
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    status = sweeper.status()
    expected = {
        "files": 1,
        "lines_before": 0,
        "existing_before": 0,
        "held_because": "",
        "unread_bytes": len(tail),
        "unfinished": {str(log.path): len(tail)},
        "pieces_open": 1,
        "unreadable": {},
        "balanced": True,
        "bytes_read": log.path.stat().st_size - len(tail),
        "lines_read": 3,
        "pieces_joined": 0,
        "indexed": 1,
        "existing": 0,
        "quarantined": 1,
        "gap_bytes": 0,
        "gap_count": 0,
        "gaps": [],
        "shed_lines": 0,
        "shed_bytes": 0,
        "shed": [],
    }
    assert status == expected


def test_a_damaged_checkpoint(node: Node):
    """Everything is sent again from where the one before it stood, and stored once."""
    log = node.log()
    for number in range(3):
        log.write(b"%d" % number)
        send_everything(node.sweeper(), node.collector)
    before = dict(node.collector.documents)
    (node.data / "checkpoint").write_bytes(b"")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert node.collector.documents == before
    assert sweeper.ledger.existing > 0
    assert sweeper.status()["balanced"]


def test_an_unfinished_line_is_marked_on_the_wire(node: Node):
    node.log().write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    (part,) = decode_batch(sweeper.body(collected(sweeper, close_at_once=True)), BATCH_BYTES).parts
    assert part.start == part.end
    assert part.flags[0] & Flag.UNFINISHED


def test_a_text_line_waits_a_moment_for_what_goes_on_with_it(node: Node):
    """So that a trace is one record; in a quiet file it goes alone."""
    limits = SweepLimits(1024 * 1024, UNFINISHED_AFTER_SECONDS, 30.0)
    log = node.log()
    log.write(b"ERROR it failed")
    sweeper = node.sweeper(limits)
    send_everything(sweeper, node.collector)
    assert (node.collector.texts(), sweeper.idle) == ([], False)
    before = sweeper.watermark.time
    log.write(b"java.lang.IllegalStateException: no beans")
    log.write(b"\tat shop.Stock.take(Stock.java:27)")
    send_everything(node.sweeper(limits), node.collector)
    assert sweeper.watermark.time == before
    sweeper = node.sweeper(limits)
    send_everything(sweeper, node.collector)
    node.clock.advance(limits.group_seconds)
    send_everything(sweeper, node.collector)
    (source,) = node.collector.sources()
    assert source["message"] == "ERROR it failed"
    assert source["error.type"] == "java.lang.IllegalStateException"
    assert sweeper.idle
    assert sweeper.status()["balanced"]


def test_what_is_never_taken_does_not_starve_the_rest(node: Node):
    """A batch that is held again and again takes turns with new lines."""
    held, taken = node.log("held"), node.log("taken")
    held.write(b"one")
    node.collector.held = {str(held.path)}
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    sent = []
    for number in range(4):
        node.clock.advance(HELD_FOR_SECONDS)
        taken.write(b"%d" % number)
        sweeper.look()
        outgoing = collected(sweeper)
        sent.append(containers(outgoing))
        send(sweeper, outgoing, node.collector)
    assert sorted(map(tuple, sent)) == [("held",), ("held",), ("taken",), ("taken",)]


def test_a_stored_part_that_is_sent_again_and_held_holds_nothing(node: Node):
    """A crash replays the whole batch, the store is busy for a moment, and reading goes on."""
    cart, stock = node.log("cart"), node.log("stock")
    for log in (cart, stock):
        log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    outgoing = collected(sweeper)
    node.collector.held = {str(stock.path)}
    assert send(sweeper, outgoing, node.collector) == 1
    sweeper.save()
    again = node.sweeper()
    again.look()
    outgoing = collected(again)
    assert sorted(containers(outgoing)) == ["cart", "stock"]
    node.collector.held = {str(cart.path), str(stock.path)}
    assert send(again, outgoing, node.collector) == 2
    node.collector.held = set()
    node.clock.advance(HELD_FOR_SECONDS)
    for log in (cart, stock):
        log.write(b"two")
    send_everything(again, node.collector)
    assert sorted(node.collector.texts()) == ["one", "one", "two", "two"]
    assert again.status()["balanced"]


def test_two_ranges_that_begin_at_one_place_are_held_apart(node: Node):
    """The end of an open line has no bytes: that what follows it is taken lets nothing go on."""
    log = node.log()
    log.write(b"half", tag="P")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    sweeper.look()
    end = collected(sweeper)
    log.write(b"two")
    sweeper.look()
    behind = collected(sweeper)
    assert end.ranges[0].start == behind.ranges[0].start
    node.collector.held = {str(log.path)}
    assert send(sweeper, end, node.collector) == 1
    node.collector.held = set()
    assert send(sweeper, behind, node.collector) == 0
    log.write(b"three")
    sweeper.look()
    assert sweeper.collect() is None
    node.clock.advance(HELD_FOR_SECONDS)
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["half", "two", "three"]
    assert sweeper.status()["balanced"]


def test_a_disk_that_takes_nothing_new_does_not_stop_what_is_held(node: Node):
    """A batch that is durable already is sent again, whatever was sent last."""
    held = node.log("held")
    held.write(b"one")
    node.collector.held = {str(held.path)}
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    node.clock.advance(HELD_FOR_SECONDS)
    send(sweeper, collected(sweeper), node.collector)
    node.collector.held = set()
    node.log("new").write(b"two")
    (node.data / "outbox" / "1.slot").mkdir()
    node.clock.advance(HELD_FOR_SECONDS)
    sweeper.look()
    with pytest.raises(IsADirectoryError):
        sweeper.collect()
    send(sweeper, collected(sweeper), node.collector)
    assert node.collector.texts() == ["one"]
