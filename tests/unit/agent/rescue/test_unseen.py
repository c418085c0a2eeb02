"""What went while no agent looked: told where it can be told, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from agent.ledger import GapReason
from agent.rescue.keeping import QUIET_SECONDS
from agent.sweep import Sweeper
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send_everything
from tests.support.node import Node

Gap = tuple[str, int, int]


def unseen(sweeper: Sweeper) -> list[Gap]:
    gaps = sweeper.ledger.gaps
    assert {gap.reason for gap in gaps} <= {GapReason.UNSEEN}
    return [(gap.path.rpartition("/")[2], gap.start, gap.end) for gap in gaps]


def after(node: Node, log: LogWriter, happens: Callable[[LogWriter], object]) -> list[Gap]:
    """What a new process says that was lost, if that happens while no agent runs."""
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    sweeper.save()
    sweeper.close()
    happens(log)
    sweeper = node.sweeper()
    for _ in range(4):
        send_everything(sweeper, node.collector)
        assert all(b.bytes_missing == b.lines_missing == 0 for b in sweeper.watch.balances())
    assert sweeper.status()["balanced"]
    return unseen(sweeper)


def delete(log: LogWriter) -> None:
    log.path.unlink()


def test_a_live_file_may_have_been_written_to(node: Node):
    """At least nothing is lost of what was read to its end, behind that end."""
    log = node.log()
    log.write(b"one")
    size = log.append(b"")
    assert after(node, log, delete) == [("0.log", size, size)]


def test_it_is_told_once(node: Node):
    """Not again by each process that starts later."""
    log = node.log()
    log.write(b"one")
    assert len(after(node, log, delete)) == 1
    assert len(after(node, log, lambda _: None)) == 1


def test_at_least_what_was_seen_and_not_read(node: Node):
    """A rotated file's too, of which that is all."""
    log = node.log()
    log.write(b"one")
    rotated = log.rotate()
    sweeper = node.sweeper()
    sweeper.look()
    sweeper.save()
    size = rotated.stat().st_size
    rotated.unlink()
    sweeper = node.sweeper()
    for _ in range(3):
        sweeper.look()
    assert unseen(sweeper) == [(rotated.name, 0, size)]


def test_a_rotated_file_that_was_read_is_no_loss(node: Node):
    """Nor its compressed form: a kubelet removes one with every rotation."""
    log = node.log()
    log.write(b"one")
    rotated = log.rotate()
    log.write(b"two")
    assert after(node, log, lambda _: rotated.unlink()) == []
    compressed = log.compress(log.rotate())
    log.write(b"three")
    assert after(node, log, lambda _: compressed.unlink()) == []


def test_a_live_file_that_was_rotated_away_is(node: Node):
    """A new one stands under its name, and nobody saw what it became."""
    log = node.log()
    log.write(b"one")
    size = log.append(b"")

    def rotates(log: LogWriter) -> None:
        log.rotate().unlink()
        log.write(b"two")

    assert after(node, log, rotates) == [("0.log", size, size)]
    assert sorted(node.collector.texts()) == ["one", "two"]


def test_the_log_of_a_container_that_had_started_again_is_not(node: Node):
    """The kubelet keeps the last one only."""
    log = node.log()
    log.write(b"one")
    before = log.path
    log.restart()
    log.write(b"two")
    assert after(node, log, lambda _: before.unlink()) == []


def test_a_pod_that_went_under_an_agent_is_not(node: Node):
    """Its folder is gone, so its containers had ended before anybody could write unseen."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    shutil.rmtree(log.folder.parent)
    send_everything(sweeper, node.collector)
    assert after(node, log, lambda _: None) == []


def test_nor_is_one_that_was_quiet(node: Node):
    """Its folder stands: it was followed until nobody wrote to it any more."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.path.unlink()
    for _ in range(2):
        send_everything(sweeper, node.collector)
        node.clock.advance(QUIET_SECONDS)
    send_everything(sweeper, node.collector)
    assert sweeper.watch.followers == {}
    assert after(node, log, lambda _: None) == []


def test_one_that_is_killed_before_that_is(node: Node):
    """Who removed the log of a running container may have written to it since."""
    log = node.log()
    log.write(b"one")
    size = log.append(b"")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.path.unlink()
    send_everything(sweeper, node.collector)
    assert after(node, log, lambda _: None) == [("0.log", size, size)]


@pytest.mark.parametrize("restarts", [1, 2, 4])
def test_restarts_that_nobody_saw(node: Node, restarts: int):
    """A kubelet counts every start: each number between two that are known had a log."""
    log = node.log()
    log.write(b"one")

    def restart(log: LogWriter) -> None:
        for _ in range(restarts):
            before = log.path
            log.restart()
            if log.number > 1:
                before.unlink()
            log.write(b"%d" % log.number)

    expected = [(f"{number}.log", 0, 0) for number in range(1, restarts)]
    assert after(node, log, restart) == expected


def test_an_empty_log_of_a_restart_was_seen(node: Node):
    """It has no line yet, and nothing of it is lost."""
    log = node.log()
    log.write(b"one")

    def restart(log: LogWriter) -> None:
        log.restart()
        log.restart()
        log.write(b"three")

    assert after(node, log, restart) == []


def test_a_container_that_no_checkpoint_knows_tells_nothing(node: Node):
    """Its first restarts may have been before this agent was installed."""
    log = node.log("other")
    log.write(b"one")

    def appears(_: LogWriter) -> None:
        late = node.log()
        late.path.unlink()
        late.number = 3
        late.reopen()
        late.write(b"four")

    assert after(node, log, appears) == []


def test_a_restart_under_an_agent_tells_nothing(node: Node):
    """It looks every second, and a kubelet waits longer than that before it starts one again."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.number = 5
    log.restart()
    log.write(b"six")
    send_everything(sweeper, node.collector)
    assert unseen(sweeper) == []


def test_a_file_that_only_the_outbox_knows_may_have_been_larger(node: Node):
    """Its agent was killed before the first checkpoint; what was read is sent all the same."""
    log = node.log()
    log.write(b"one")
    rotated = log.rotate()
    sweeper = node.sweeper()
    sweeper.look()
    assert sweeper.collect() is not None
    sweeper.close()
    size = rotated.stat().st_size
    rotated.unlink()
    sweeper = node.sweeper()
    for _ in range(4):
        send_everything(sweeper, node.collector)
    assert unseen(sweeper) == [(rotated.name, size, size)]
    assert node.collector.texts() == ["one"]


def test_a_file_that_was_renamed_back_is_live_again(node: Node):
    """As the kubelet does where a runtime does not reopen; the checkpoint follows its name."""
    log = node.log()
    log.write(b"one")
    size = log.append(b"")
    rotated = log.rename()
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    sweeper.save()
    rotated.rename(log.path)
    send_everything(sweeper, node.collector)
    sweeper.close()
    log.path.unlink()
    sweeper = node.sweeper()
    for _ in range(3):
        send_everything(sweeper, node.collector)
    assert unseen(sweeper) == [("0.log", size, size)]
