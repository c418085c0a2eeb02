"""A policy under a real agent and collector: enforced, only reported, changed, and broken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import BOTH, Question
from tests.support.log_files import LogWriter
from tests.support.processes import Process, wait_until

pytestmark = pytest.mark.timeout(180)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
POLICY = """
name: shop
schemas:
  strict: {{mode: {mode}, require: [trace.id, transaction.id]}}
rules:
  - {{namespaces: [shop], except_loggers: ["startup.*"], schema: strict}}
"""


class Node:
    """An agent with a policy file, and a collector over an embedded store."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store"
        self.file = folder / "policy.yaml"
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.write_policy(POLICY.format(mode="enforce"))
        schema = {"policy_file": str(self.file)}
        store = {"kind": "embedded", "path": str(self.store)}
        self.collector = Process("collector", folder / "run", {"store": store, "schema": schema})
        section = {
            "logs": [str(self.logs)],
            "data": str(folder / "agent"),
            "collector_url": self.collector.url,
            "look_interval_seconds": 0.05,
            "schema": schema,
        }
        self.agent = Process("agent", folder / "run", section)

    def write_policy(self, text: str) -> None:
        """As a ConfigMap comes: from one moment to the next."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.file)

    def wait_for_policy(self, outcome: str) -> None:
        """Until what stands in the file now was found to be this."""
        before = self._outcomes(outcome)
        self.agent.hang_up()
        wait_until(lambda: self._outcomes(outcome) > before, f"the agent's reload is {outcome}")
        self.agent.wait_ready()

    def _outcomes(self, outcome: str) -> float:
        return self.agent.metric("clew_config_reloads_total", outcome=outcome) or 0.0

    def wait_for(self, text: str) -> dict[str, Any]:
        """The document of the line that says this, as soon as it is stored."""
        found: list[dict[str, Any]] = []

        def stored() -> bool:
            found[:] = [source for source in self._sources() if text in json.dumps(source)]
            return bool(found)

        wait_until(stored, f"{text} is stored")
        [source] = found
        return source

    def _sources(self) -> list[dict[str, Any]]:
        async def read() -> list[dict[str, Any]]:
            store = await EmbeddedLogStore.open(self.store, writable=False)
            question = Question(Deadline.after(60), collections=BOTH)
            sources = [hit.source async for hit in store.scan(question)]
            await store.close()
            return sources

        return asyncio.run(read())


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    with node.collector, node.agent:
        node.collector.wait_ready()
        node.agent.wait_ready()
        yield node


def line(message: str, **fields: str) -> bytes:
    row = {"log.level": "info", "message": message, "transaction.id": "A-17", "trace.id": TRACE}
    row |= {name.replace("_", "."): text for name, text in fields.items()}
    return json.dumps({name: text for name, text in row.items() if text}).encode()


def test_a_policy_from_enforcing_to_reporting_and_back(node: Node) -> None:
    """
    A line without a trace is quarantined, and indexed with the violation where that is reported;
    the next lines obey a file that is changed, and one that is broken changes nothing.
    """
    cart, stock = LogWriter(node.logs), LogWriter(node.logs, "store_stock-0_0c2", "stock")
    cart.write(line("refused", trace_id=""))
    cart.write(line("whole"))
    cart.write(line("exempt", trace_id="", log_logger="startup.Main"))
    stock.write(line("elsewhere", trace_id=""))
    refused = node.wait_for("refused")
    assert (refused["clew.reason"], refused["clew.field"]) == ("missing_field", "trace.id")
    assert refused["clew.violations"] == ["missing_field:trace.id"]
    assert refused["clew.transaction"] == refused["transaction.id"] == "A-17"
    assert refused["clew.policy"].startswith("shop@")
    for text in ("whole", "exempt", "elsewhere"):
        indexed = node.wait_for(text)
        assert indexed["message"] == text
        assert "clew.violations" not in indexed
    judged = node.agent.metric(
        "clew_agent_judged_lines_total", outcome="quarantined", reason="missing_field"
    )
    assert judged == 1

    node.write_policy(POLICY.format(mode="report"))
    node.wait_for_policy("taken")
    cart.write(line("reported", trace_id="", transaction_id=""))
    reported = node.wait_for("reported")
    assert reported["message"] == "reported"
    assert reported["clew.violations"] == ["missing_field:trace.id", "missing_field:transaction.id"]
    assert reported["clew.policy"] != refused["clew.policy"]

    node.write_policy(POLICY.format(mode="enfroce"))
    node.wait_for_policy("refused")
    cart.write(line("under the old one", trace_id=""))
    kept = node.wait_for("under the old one")
    assert kept["clew.policy"] == reported["clew.policy"]
    assert node.agent.metric("clew_config_last_reload_successful") == 0
    told = "schemas.strict.mode: one of enforce, report, off was expected; did you mean enforce?"
    assert told in node.agent.log
    assert told in node.agent.get("/statusz")["configuration"]["problem"]

    node.write_policy(POLICY.format(mode="enforce"))
    node.wait_for_policy("taken")
    cart.write(line("refused again", trace_id=""))
    again = node.wait_for("refused again")
    assert again["clew.policy"] == refused["clew.policy"]
    status = node.agent.get("/statusz")
    assert status["policy"] == again["clew.policy"]
    assert status["configuration"]["problem"] == ""
