"""The node's journal goes into the batches of the files, and survives what they survive."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ledger import GapReason
from agent.outbox.outbox import Outbox, Outgoing
from agent.reporting import build_report
from agent.sources.building import open_journal
from agent.sources.config import JournaldConfig
from agent.sources.journald import SILENT_SECONDS, JournalFollower
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper
from clew.runtime.errors import CorruptionError
from clew.schema.timestamps import SECOND
from tests.support.bad_disk import flip_bit
from tests.support.journal import JournalTools, entry
from tests.support.memory_collector import send
from tests.support.node import LIMITS, Node
from tests.support.processes import wait_until


class JournalNode:
    """A node with a journal, and the sweepers that follow it one after the other."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self._tools = node, JournalTools()
        self._folder = folder / "journal"
        self._folder.mkdir()
        program = self._tools.wrapper(folder)
        self._config = JournaldConfig(enabled=True, directory=self._folder, program=program)
        self.sweepers: list[Sweeper] = []

    def write(self, *numbers: int, file: str = "system") -> None:
        entries = [entry(number, f"said {number}") for number in numbers]
        self._tools.write(self._folder / f"{file}.journal", *entries)

    def vacuum(self, file: str = "system") -> None:
        (self._folder / f"{file}.journal").unlink()

    def sweeper(self, *, followed: bool = True) -> Sweeper:
        """A new process, whose configuration has the journal or not."""
        node, opens = self.node, self._open if followed else None
        source = Kubernetes([node.pods], "here")
        self.sweepers.append(
            Sweeper(source, node.data, "here", LIMITS, node.clock, open_journal=opens)
        )
        return self.sweepers[-1]

    def take(self, sweeper: Sweeper) -> Outgoing:
        """The next batch, which is on its way when it returns."""
        taken: list[Outgoing] = []

        def some() -> bool:
            sweeper.look()
            outgoing = sweeper.collect()
            if outgoing is not None:
                taken.append(outgoing)
            return outgoing is not None

        wait_until(some, "a batch to send")
        return taken[0]

    def in_flight(self, *numbers: int) -> tuple[Sweeper, list[Outgoing]]:
        """Entries on their way, each in a batch of its own."""
        sweeper, batches = self.sweeper(), []
        for number in numbers:
            self.write(number)
            batches.append(self.take(sweeper))
        return sweeper, batches

    def settle(self, sweeper: Sweeper) -> None:
        """What waits to be sent is sent; nothing new has to come."""
        for _ in range(3):
            self.node.clock.advance(40)
            sweeper.look()
            while (outgoing := sweeper.collect()) is not None:
                send(sweeper, outgoing, self.node.collector)

    def _open(self, cursor: str) -> JournalFollower:
        return open_journal(self._config, "here", "", self.node.clock, cursor)

    def send_until(self, sweeper: Sweeper, *texts: str) -> None:
        """Until exactly these lines are stored."""

        def stored() -> bool:
            self.node.clock.advance(1)
            sweeper.look()
            outgoing = sweeper.collect()
            if outgoing is not None:
                send(sweeper, outgoing, self.node.collector)
            return sorted(self.node.collector.texts()) == sorted(texts)

        wait_until(stored, f"{texts} are stored")


@pytest.fixture
def journal(node: Node, tmp_path: Path) -> Iterator[JournalNode]:
    journal = JournalNode(node, tmp_path)
    yield journal
    for sweeper in journal.sweepers:
        sweeper.close()


def test_entries_and_lines_of_files_arrive(journal: JournalNode):
    """Each with where it is from; the books have both."""
    journal.write(1, 2)
    journal.node.log().write(b"a line")
    sweeper = journal.sweeper()
    journal.send_until(sweeper, "said 1", "said 2", "a line")
    sources = {source["message"]: source for source in journal.node.collector.sources()}
    assert sources["said 1"]["kubernetes.namespace"] == "journal"
    assert sources["said 1"]["service.name"] == "kubelet"
    assert sources["a line"]["kubernetes.namespace"] == "shop"
    assert sweeper.ledger.lines_read == sweeper.ledger.indexed == 3
    assert sweeper.status()["balanced"]


def test_reading_goes_on_behind_the_checkpoint(journal: JournalNode):
    journal.write(1)
    sweeper = journal.sweeper()
    journal.send_until(sweeper, "said 1")
    sweeper.save()
    journal.write(2)
    again = journal.sweeper()
    journal.send_until(again, "said 1", "said 2")
    assert again.ledger.existing == 0


def test_what_was_in_flight_is_sent_as_it_was(journal: JournalNode):
    """A crash with entries on their way: they come out of the outbox, and are not read again."""
    journal.write(1, 2)
    sweeper = journal.sweeper()

    def in_flight() -> bool:
        sweeper.look()
        return sweeper.collect() is not None

    wait_until(in_flight, "entries are in flight")
    again = journal.sweeper()
    journal.send_until(again, "said 1", "said 2")
    assert (again.ledger.lines_read, again.ledger.existing) == (2, 0)


def test_a_journal_that_cannot_be_read_is_named(journal: JournalNode, tmp_path: Path):
    """With what its program said; the files are followed all the same."""
    (tmp_path / "journalctl").write_text("#!/bin/sh\necho no rights >&2\nexit 1\n")
    journal.node.log().write(b"a line")
    sweeper = journal.sweeper()

    def told() -> bool:
        sweeper.look()
        outgoing = sweeper.collect()
        if outgoing is not None:
            send(sweeper, outgoing, journal.node.collector)
        return "no rights" in str(sweeper.status()["unreadable"])

    wait_until(told, "why the journal can't be read")
    assert journal.node.collector.texts() == ["a line"]


def counted(sweeper: Sweeper) -> tuple[int, int, list[GapReason]]:
    """Lines read, those of them that were stored before, and gaps."""
    ledger = sweeper.ledger
    assert ledger.balance(0) == 0
    return ledger.lines_read, ledger.existing, [gap.reason for gap in ledger.gaps]


def test_a_crash_between_answers_that_come_out_of_order(journal: JournalNode):
    """The later entry is stored, and not counted before the cursor passes it; then it is, once."""
    sweeper, (_, second) = journal.in_flight(1, 2)
    send(sweeper, second, journal.node.collector)
    assert counted(sweeper) == (0, 0, [])
    sweeper.save()
    assert journal.node.remembered().journal == ""
    again = journal.sweeper()
    journal.settle(again)
    assert journal.node.collector.texts() == ["said 1", "said 2"]
    assert counted(again) == (2, 1, [])
    again.save()
    last = journal.sweeper()
    journal.settle(last)
    assert counted(last) == (2, 1, [])


@pytest.mark.parametrize("damaged", [[0], [1], [2], [0, 1], [0, 2], [0, 1, 2]])
@pytest.mark.parametrize("saved", [False, True])
def test_what_stood_in_a_damaged_slot_is_read_again(
    journal: JournalNode, damaged: list[int], saved: bool
):
    """No entry is lost, none counted twice, and what stood in the others is not read again."""
    sweeper, batches = journal.in_flight(1, 2, 3)
    if saved:
        sweeper.save()
    for place in damaged:
        journal.node.damage_slot(batches[place].kept.slot)
    journal.write(4)
    again = journal.sweeper()
    journal.send_until(again, "said 1", "said 2", "said 3", "said 4")
    journal.settle(again)
    assert counted(again) == (4, 0, [])
    again.save()
    assert journal.node.remembered().open_batches == []


def test_a_slot_that_is_damaged_before_one_whose_way_is_lost(journal: JournalNode):
    """Where nobody can tell any more where it ended: all is read again, and counted once."""
    sweeper, batches = journal.in_flight(1, 2)
    send(sweeper, batches[0], journal.node.collector)
    sweeper.save()
    journal.write(9, file="other")
    third = journal.take(sweeper)
    journal.write(10, file="other")
    fourth = journal.take(sweeper)
    journal.node.damage_slot(third.kept.slot)
    journal.vacuum("other")
    journal.write(11, file="last")
    again = journal.sweeper()
    journal.send_until(again, "said 1", "said 2", "said 10", "said 11")
    journal.settle(again)
    again.save()
    assert fourth.kept.number not in journal.node.remembered().open_batches
    assert journal.node.remembered().open_batches == []


def test_entries_in_flight_are_settled_where_the_journal_is_switched_off(journal: JournalNode):
    """The cursor moves over them, and what comes later is read when it is on again."""
    sweeper, _ = journal.in_flight(1, 2)
    sweeper.save()
    journal.write(3)
    off = journal.sweeper(followed=False)
    off.look()
    idle_before = off.idle
    journal.settle(off)
    assert (idle_before, off.idle) == (False, True)
    assert (off.watch.followers, counted(off)) == ({}, (2, 0, []))
    off.save()
    assert journal.node.remembered().open_batches == []
    on = journal.sweeper()
    journal.send_until(on, "said 1", "said 2", "said 3")
    assert counted(on) == (3, 0, [])


def test_a_damaged_slot_while_the_journal_is_switched_off(journal: JournalNode):
    """The cursor stays before it, and what is stored behind it is counted when it is on again."""
    sweeper, (first, _) = journal.in_flight(1, 2)
    sweeper.save()
    journal.node.damage_slot(first.kept.slot)
    off = journal.sweeper(followed=False)
    journal.settle(off)
    assert (journal.node.collector.texts(), counted(off)) == (["said 2"], (0, 0, []))
    off.save()
    on = journal.sweeper()
    journal.send_until(on, "said 1", "said 2")
    journal.settle(on)
    assert counted(on) == (2, 1, [])


def test_a_part_that_was_stored_in_a_batch_that_is_still_open(journal: JournalNode):
    """It is sent again with the other part, and counted no second time."""
    log = journal.node.log()
    log.write(b"a line")
    journal.write(1)
    sweeper = journal.sweeper()
    batches = [journal.take(sweeper)]
    while not any(part.cursor for batch in batches for part in batch.ranges):
        log.write(b"another")
        batches.append(journal.take(sweeper))
    journal.node.collector.held = {str(log.path)}
    for batch in batches:
        send(sweeper, batch, journal.node.collector)
    sweeper.save()
    assert counted(sweeper) == (1, 0, [])
    journal.node.collector.held = set()
    again = journal.sweeper()
    journal.settle(again)
    assert counted(again)[0] == len(journal.node.collector.texts()) == 1 + len(batches)


def test_a_slot_of_entries_that_rots_while_the_agent_runs(journal: JournalNode):
    """They are read again, up to what is on its way behind them, and counted once."""
    sweeper, (first, second, third) = journal.in_flight(1, 2, 3)
    send(sweeper, third, journal.node.collector)
    second.body = None
    flip_bit(journal.node.data / "outbox" / f"{second.kept.slot}.slot")
    with pytest.raises(CorruptionError):
        sweeper.body(second)
    sweeper.read_again(second)
    assert sweeper.journal.busy
    send(sweeper, first, journal.node.collector)
    journal.send_until(sweeper, "said 1", "said 2", "said 3")
    assert counted(sweeper) == (3, 0, [])


def test_while_one_range_is_held_no_more_is_read(journal: JournalNode):
    """Though another is stored."""
    sweeper, (first, second) = journal.in_flight(1, 2)
    journal.node.collector.held = {first.ranges[0].file.path}
    send(sweeper, first, journal.node.collector)
    journal.node.collector.held = set()
    send(sweeper, second, journal.node.collector)
    journalled = sweeper.journal
    held = [journalled.held]
    assert journalled.read() is None
    journal.settle(sweeper)
    assert [*held, sweeper.journal.held] == [True, False]
    assert counted(sweeper) == (2, 0, [])


def test_what_could_not_be_written_to_the_outbox_is_read_again(
    journal: JournalNode, monkeypatch: pytest.MonkeyPatch
):
    """Once there is room again, behind what was on its way already."""
    sweeper, (first,) = journal.in_flight(1)
    journal.write(2)

    def full(*_: object) -> Outgoing:
        raise OSError(errno.ENOSPC, "no space left")

    def refused() -> bool:
        sweeper.look()
        try:
            assert sweeper.collect() is None
        except OSError:
            return True
        return False

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "put", full)
        wait_until(refused, "a reading that can't be written")
    send(sweeper, first, journal.node.collector)
    journal.send_until(sweeper, "said 1", "said 2")
    assert counted(sweeper) == (2, 0, [])


def test_what_the_journal_deleted_is_one_gap(journal: JournalNode):
    """Told once the next entry is stored, also over crashes; the collector is told, too."""
    sweeper, (first,) = journal.in_flight(1)
    send(sweeper, first, journal.node.collector)
    sweeper.save()
    journal.vacuum()
    journal.write(5, file="later")
    for _ in range(2):
        again = journal.sweeper()
        batch = journal.take(again)
        assert counted(again) == (1, 0, [])
        again.save()
    send(again, batch, journal.node.collector)
    assert counted(again) == (2, 0, [GapReason.VACUUMED])
    last = journal.sweeper()
    journal.settle(last)
    assert sorted(journal.node.collector.texts()) == ["said 1", "said 5"]
    assert counted(last) == (2, 1, [GapReason.VACUUMED])
    last.save()
    [gap] = build_report(journal.sweeper(), "here", "", 1, ended=False).gaps
    told = (gap.container, gap.bytes, gap.reason, gap.at_least)
    assert told == ("journal/0", 0, "vacuumed", True)
    assert gap.time > 0


def delivered(journal: JournalNode, sweeper: Sweeper) -> int:
    """A second later, after a look and a reading: up to when everything is stored."""
    journal.node.clock.advance(1)
    sweeper.look()
    assert sweeper.collect() is None
    return sweeper.watermark.time


def test_the_watermark_waits_for_entries_in_flight_and_then_for_silence(journal: JournalNode):
    """An entry that was there before a look is stored before the watermark is that look's time."""
    sweeper, (first,) = journal.in_flight(1)
    began = sweeper.watch.looked_at
    assert [delivered(journal, sweeper) for _ in range(3)] == [0, 0, 0]
    assert sweeper.watermark.behind_seconds(journal.node.clock.now()) == 3
    send(sweeper, first, journal.node.collector)
    assert sweeper.watermark.behind_seconds(journal.node.clock.now()) == 0
    assert sweeper.watermark.time >= began
    times = [delivered(journal, sweeper) for _ in range(4)]
    assert times == sorted(times)
    assert journal.node.clock.now() - times[-1] <= 2 * SILENT_SECONDS * SECOND


def test_the_watermark_of_a_journal_that_was_not_read_yet_is_not_known(journal: JournalNode):
    sweeper = journal.sweeper()
    sweeper.look()
    assert sweeper.watermark.time == 0
    assert sweeper.watermark.behind_seconds(journal.node.clock.now()) == 0


def test_a_journal_that_cannot_be_read_holds_nothing_and_is_counted(
    journal: JournalNode, tmp_path: Path
):
    (tmp_path / "journalctl").write_text("#!/bin/sh\nexit 1\n")
    sweeper = journal.sweeper()

    def told() -> bool:
        return delivered(journal, sweeper) > 0

    wait_until(told, "a watermark without the journal")
    assert sweeper.watermark.unreadable == 1
