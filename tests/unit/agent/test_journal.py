"""The node's journal goes into the batches of the files, and survives what they survive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.journal import Journal
from agent.sources.building import open_journal
from agent.sources.config import JournaldConfig
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper
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

    def write(self, *numbers: int) -> None:
        entries = [entry(number, f"said {number}") for number in numbers]
        self._tools.write(self._folder / "system.journal", *entries)

    def sweeper(self) -> Sweeper:
        node = self.node
        source = Kubernetes([node.pods], "here")
        self.sweepers.append(
            Sweeper(source, node.data, "here", LIMITS, node.clock, open_journal=self._open)
        )
        return self.sweepers[-1]

    def _open(self, cursor: str) -> Journal:
        return open_journal(self._config, "here", "", self.node.clock, cursor)

    def send_until(self, sweeper: Sweeper, *texts: str) -> None:
        """Until exactly these lines are stored."""

        def stored() -> bool:
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
