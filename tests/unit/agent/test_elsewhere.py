"""A folder that is taken out of the configuration, and comes back, with lines on their way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.outbox.outbox import Outgoing
from agent.sources.files import Files, Group
from agent.sources.kubernetes import Kubernetes
from agent.sources.source import Source
from agent.sweep import Sweeper
from tests.support.memory_collector import send, send_everything
from tests.support.node import LIMITS, Node


class Folders:
    """A folder of logs, an empty one, and sweepers that follow one of them."""

    def __init__(self, node: Node, folder: Path, layout: str) -> None:
        self.node, self._layout, self._empty = node, layout, folder / "empty"
        self._empty.mkdir()
        self.sweepers: list[Sweeper] = []
        self._log = node.log()
        self._plain = node.pods / "app.log"

    def write(self, line: str) -> None:
        if self._layout == "pods":
            self._log.write(line.encode())
            return
        with self._plain.open("a") as file:
            file.write(f"{line}\n")

    def sweeper(self, *, away: bool = False) -> Sweeper:
        """A new process, whose configuration has the folder, or the empty one in its place."""
        folder = self._empty if away else self.node.pods
        source, node = self._source(folder), self.node
        self.sweepers.append(Sweeper(source, node.data, "here", LIMITS, node.clock))
        return self.sweepers[-1]

    def _source(self, folder: Path) -> Source:
        if self._layout == "pods":
            return Kubernetes([folder], "here")
        return Files([Group([f"{folder}/*.log"])], "here", "", self.node.clock)

    def send_everything(self, sweeper: Sweeper) -> None:
        for _ in range(4):
            self.node.clock.advance(5)
            send_everything(sweeper, self.node.collector, close_at_once=True)

    def take(self, sweeper: Sweeper) -> Outgoing:
        """The next batch, which is on its way when it returns."""
        self.node.clock.advance(5)
        sweeper.look()
        outgoing = sweeper.collect(close_at_once=True)
        assert outgoing is not None
        return outgoing

    def in_flight(self, *lines: str) -> list[Outgoing]:
        """A first line that is stored, and a process that ends with each of these on its way."""
        self.write("one")
        sweeper = self.sweeper()
        self.send_everything(sweeper)
        batches = []
        for line in lines:
            self.write(line)
            batches.append(self.take(sweeper))
        sweeper.save()
        sweeper.close()
        return batches


@pytest.fixture(params=["pods", "plain"])
def folders(node: Node, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Folders]:
    folders = Folders(node, tmp_path, request.param)
    yield folders
    for sweeper in folders.sweepers:
        sweeper.close()


def check_nothing_lost(sweeper: Sweeper) -> None:
    assert sweeper.ledger.gaps == []
    for balance in sweeper.watch.balances():
        assert (balance.bytes_missing, balance.lines_missing) == (0, 0)
    assert sweeper.ledger.balance(sweeper.watch.pieces_open) == 0


def test_what_is_in_flight_is_settled_and_the_rest_waits(folders: Folders):
    """Lines behind it are neither read nor a gap; once the folder is back they are read."""
    folders.in_flight("two")
    folders.write("three")
    away = folders.sweeper(away=True)
    check_nothing_lost(away)
    folders.send_everything(away)
    assert folders.node.collector.texts() == ["one", "two"]
    assert (away.watch.followers, away.watch.unread_bytes) == ({}, 0)
    check_nothing_lost(away)
    away.save()
    back = folders.sweeper()
    folders.send_everything(back)
    assert folders.node.collector.texts() == ["one", "two", "three"]
    assert (back.ledger.lines_read, back.ledger.existing) == (3, 0)
    check_nothing_lost(back)


def test_a_crash_while_it_is_away(folders: Folders):
    """The answer came, and no checkpoint knows: it is sent again, and counted once."""
    folders.in_flight("two")
    folders.send_everything(folders.sweeper(away=True))
    again = folders.sweeper(away=True)
    folders.send_everything(again)
    again.save()
    back = folders.sweeper()
    folders.send_everything(back)
    assert folders.node.collector.texts() == ["one", "two"]
    assert back.ledger.lines_read == 2
    check_nothing_lost(back)


def test_it_comes_back_before_the_answer(folders: Folders):
    folders.in_flight("two")
    away = folders.sweeper(away=True)
    for _ in range(4):
        away.look()
    away.save()
    back = folders.sweeper()
    folders.send_everything(back)
    assert folders.node.collector.texts() == ["one", "two"]
    assert (back.ledger.lines_read, back.ledger.existing) == (2, 0)
    check_nothing_lost(back)


def test_a_damaged_slot_while_it_is_away(folders: Folders):
    """What stood in it is read once the folder is back; what stood behind it is counted then."""
    damaged, _ = folders.in_flight("two", "three")
    folders.node.damage_slot(damaged.kept.slot)
    away = folders.sweeper(away=True)
    folders.send_everything(away)
    assert folders.node.collector.texts() == ["one", "three"]
    assert away.idle
    check_nothing_lost(away)
    away.save()
    back = folders.sweeper()
    folders.send_everything(back)
    assert folders.node.collector.texts() == ["one", "two", "three"]
    assert back.ledger.lines_read == 3
    check_nothing_lost(back)


def test_who_reads_everything_once_and_the_watermark_wait_for_it(folders: Folders):
    folders.in_flight("two")
    away = folders.sweeper(away=True)
    away.look()
    assert (away.idle, away.watermark.time) == (False, 0)
    outgoing = away.collect()
    assert outgoing is not None
    send(away, outgoing, folders.node.collector)
    assert away.idle
    assert away.watermark.time == folders.node.clock.now()
