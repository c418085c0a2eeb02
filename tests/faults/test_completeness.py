"""What is not there yet, or never will be, is told in the answers, by real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import format_rfc3339
from tests.support.log_files import LogWriter
from tests.support.processes import Process, wait_until

pytestmark = pytest.mark.timeout(180)


class Cluster:
    """Two nodes with an agent each, a collector, and a query service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        store = {"kind": "embedded", "path": str(folder / "store")}
        self.collector = Process("collector", folder / "collector", {"store": store})
        self.query = Process("query", folder / "query", {"store": store})
        self.agents = {name: self._agent(name) for name in ("node-a", "node-b")}
        self.shop = LogWriter(self._pods("node-a"), "shop_order-0_0c1", "order")
        self.bank = LogWriter(self._pods("node-b"), "shop_payment-0_0c2", "payment")

    def _pods(self, node: str) -> Path:
        return self._folder / node / "pods"

    def _agent(self, node: str) -> Process:
        section = {
            "logs": [str(self._pods(node))],
            "data": str(self._folder / node / "data"),
            "collector_url": self.collector.url,
            "node": node,
            "look_interval_seconds": 0.1,
            "report_interval_seconds": 0.2,
            "batches_in_flight": 1,
        }
        self._pods(node).mkdir(parents=True)
        return Process("agent", self._folder / node, section)

    @property
    def processes(self) -> list[Process]:
        return [self.collector, self.query, *self.agents.values()]

    def close(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        self.shop.close()
        self.bank.close()

    def answer(self, order: str) -> dict[str, Any]:
        """All that is known of an order; without lines while there are none."""
        return self.query.get(f"/api/transactions/{order}") or {"lines": []}

    def behind(self, order: str) -> list[str] | None:
        """
        The nodes whose agents are behind the end of an order.

        None while it has no line, or not every agent has reported.
        """
        answer = self.answer(order)
        if not answer["lines"] or answer["completeness"]["agents_reporting"] < len(self.agents):
            return None
        return [agent["node"] for agent in answer["completeness"]["agents"]]


def say(log: LogWriter, service: str, order: str, **more: str) -> int:
    """A line of this moment; its bytes in the file."""
    log.time = SYSTEM_CLOCK.now()
    line = {
        "@timestamp": format_rfc3339(log.time),
        "log.level": "info",
        "message": f"{service} has {order}",
        "service.name": service,
        "transaction.id": order,
        **more,
    }
    before = log.write(json.dumps(line).encode())
    return log.append(b"") - before


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    try:
        for process in cluster.processes:
            process.start()
        for process in cluster.processes:
            process.wait_ready()
        yield cluster
    finally:
        cluster.close()


def test_an_agent_that_hangs_is_behind_until_it_has_caught_up(cluster: Cluster) -> None:
    """While its lines are missing the answer says whose they may be, and then that it is whole."""
    say(cluster.shop, "order", "ORDER-1", **{"destination.service": "payment"})
    say(cluster.bank, "payment", "ORDER-1")
    wait_until(lambda: cluster.behind("ORDER-1") == [], "nobody is behind")
    first = cluster.answer("ORDER-1")["completeness"]
    assert (first["agents_reporting"], first["silent_services"]) == (2, [])

    cluster.agents["node-b"].hang()
    say(cluster.shop, "order", "ORDER-2", **{"destination.service": "payment"})
    say(cluster.bank, "payment", "ORDER-2")
    wait_until(lambda: cluster.behind("ORDER-2") == ["node-b"], "the one that hangs is behind")
    late = cluster.answer("ORDER-2")
    assert [line["service.name"] for line in late["lines"]] == ["order"]
    assert late["completeness"]["silent_services"] == ["payment"]
    assert late["completeness"]["complete_up_to"] < late["end"]

    cluster.agents["node-b"].go_on()
    wait_until(lambda: cluster.behind("ORDER-2") == [], "it has caught up")
    whole = cluster.answer("ORDER-2")
    assert [line["service.name"] for line in whole["lines"]] == ["order", "payment"]
    assert whole["completeness"]["silent_services"] == []
    assert whole["completeness"]["complete_up_to"] >= whole["end"]


def test_a_file_that_went_while_no_agent_ran_is_a_gap_in_the_answers_of_its_time(
    cluster: Cluster,
) -> None:
    """A transaction that was under way then says that at least so many bytes were lost."""
    say(cluster.bank, "payment", "ORDER-1")
    wait_until(lambda: cluster.behind("ORDER-1") == [], "the first order is stored")

    agent = cluster.agents["node-b"]
    say(cluster.bank, "payment", "ORDER-2")
    wait_until(lambda: len(cluster.answer("ORDER-2")["lines"]) == 1, "its first line is stored")
    agent.kill()
    say(cluster.bank, "payment", "ORDER-2")
    cluster.bank.path.unlink()
    agent.start().wait_ready()

    def gap() -> dict[str, Any]:
        return dict(cluster.answer("ORDER-2").get("completeness", {}))

    wait_until(lambda: gap().get("gaps"), "the gap is told")
    assert (gap()["gaps"], gap()["gap_bytes_at_least"]) == (1, True)
    assert len(cluster.answer("ORDER-2")["lines"]) == 1


def test_a_file_that_is_deleted_under_an_agent_loses_nothing_even_with_kill_9(
    cluster: Cluster,
) -> None:
    """What is not on its way is copied when its file has no name; the next process sends it."""
    say(cluster.bank, "payment", "ORDER-1")
    wait_until(lambda: cluster.behind("ORDER-1") == [], "the first order is stored")

    cluster.collector.kill()
    agent = cluster.agents["node-b"]
    say(cluster.bank, "payment", "ORDER-2")
    wait_until(lambda: agent.reasons().get("collector"), "a batch is on its way to nobody")
    unread = say(cluster.bank, "payment", "ORDER-2")
    cluster.bank.path.unlink()
    unread += say(cluster.bank, "payment", "ORDER-2")  # by a runtime that does not know

    def copied() -> bool:
        return agent.metric("clew_agent_rescued_bytes_total") == unread

    wait_until(copied, "what is not read is copied")
    agent.kill()
    agent.start()
    cluster.collector.start().wait_ready()

    def stored() -> bool:
        return len(cluster.answer("ORDER-2")["lines"]) == 3

    wait_until(stored, "all three lines are stored")
    assert agent.get("/status")["gap_bytes"] == 0
