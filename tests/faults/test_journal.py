"""The journal of a node under real processes: kill -9, and a configuration without it meanwhile."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.journal import JournalTools, entry
from tests.support.places import stored_texts
from tests.support.processes import Process, wait_until

pytestmark = pytest.mark.timeout(180)
ROUNDS = 4
ENTRIES = 50


class Node:
    """An agent that follows nothing but a journal, and a collector over an embedded store."""

    def __init__(self, folder: Path) -> None:
        self._tools, self._journal = JournalTools(), folder / "journal"
        self._journal.mkdir()
        (folder / "logs").mkdir()
        self.written: list[str] = []
        store = {"kind": "embedded", "path": str(folder / "store")}
        self.collector = Process("collector", folder / "run", {"store": store})
        self._settings = {
            "enabled": True,
            "directory": str(self._journal),
            "program": self._tools.wrapper(folder),
        }
        section = {
            "logs": [str(folder / "logs")],
            "data": str(folder / "agent"),
            "collector_url": self.collector.url,
            "look_interval_seconds": 0.05,
            "journald": self._settings,
        }
        self.agent = Process("agent", folder / "run", section)

    def write(self) -> None:
        first = len(self.written)
        numbers = range(first, first + ENTRIES)
        self.written += [f"line {number}" for number in numbers]
        entries = [entry(number, f"line {number}") for number in numbers]
        self._tools.write(self._journal / "system.journal", *entries)

    def switch(self, *, on: bool) -> None:
        self.agent.change(journald=self._settings | {"enabled": on})

    def wait_until_taken(self, reloads: int) -> None:
        def taken() -> bool:
            count = self.agent.metric("clew_config_reloads_total", outcome="taken") or 0
            return count >= reloads

        wait_until(taken, "the configuration is taken")

    def check_all_is_counted_once(self) -> None:
        self.agent.wait_for_lines(len(self.written))
        status = self.agent.get("/status")
        assert status is not None
        assert (status["lines_read"], status["gap_count"]) == (len(self.written), 0)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def check_stored(node: Node, folder: Path) -> None:
    assert Counter(stored_texts(folder / "store")) == Counter(node.written)


def test_every_entry_is_there_once_after_kills(node: Node, tmp_path: Path) -> None:
    with node.collector, node.agent:
        for number in range(ROUNDS):
            node.write()
            node.agent.wait_for_lines(number * ENTRIES // 2)
            node.agent.kill()
            node.agent.start()
        node.check_all_is_counted_once()
    check_stored(node, tmp_path)


def test_every_entry_is_there_once_though_the_journal_was_switched_off(
    node: Node, tmp_path: Path
) -> None:
    """The collector is gone when it is, so entries are on their way."""
    with node.agent:
        with node.collector:
            node.write()
            node.agent.wait_for_lines(ENTRIES)
        node.write()

        def on_the_way() -> bool:
            status = node.agent.get("/statusz")
            return status is not None and status["outbox"]["batches"] > 0

        wait_until(on_the_way, "entries are in the outbox")
        node.switch(on=False)
        node.wait_until_taken(1)
        node.write()
        with node.collector:
            node.agent.wait_for_lines(2 * ENTRIES)
            node.switch(on=True)
            node.wait_until_taken(2)
            node.check_all_is_counted_once()
    check_stored(node, tmp_path)
