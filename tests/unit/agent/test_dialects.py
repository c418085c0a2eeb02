"""Dialects on their way through an agent: what pods name, patterns of a policy, OTLP."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.metadata.known import KnownPods
from agent.metadata.pods import PodMetadata
from agent.policy import Policy
from tests.support.memory_collector import send_everything
from tests.support.node import Node
from tests.support.policies import policy

AMBIGUOUS = b'{"level":30,"message":"slow","name":"shop.orders"}'
OWN = r"dialects: [{name: legacy, containers: [cart], pattern: '(?P<level>\w+)! (?P<message>.*)'}]"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def described(node: Node, annotation: str, text: str = "") -> Policy:
    pods = KnownPods()
    about = {"clew/dialect": annotation} if annotation else {}
    pods.learn([PodMetadata("0c1", "", (), about, "Pod", "cart", "", "")], frozenset())
    return Policy.build(node.clock, pods=pods, schema=policy(text))


@pytest.mark.parametrize(
    ("annotation", "severity"),
    [("python-json", 13), ("cart=python-json", 13), ("other=python-json", 9), ("perl", 9)],
)
def test_a_pod_says_what_its_lines_are_written_in(
    node: Node, annotation: str, severity: int, caplog: pytest.LogCaptureFixture
):
    """30 is a warning to Python; a name that there is not is told, and ignored."""

    async def check() -> None:
        node.log().write(AMBIGUOUS)
        send_everything(node.sweeper(policy=described(node, annotation)), node.collector)

    asyncio.run(check())
    (source,) = node.collector.sources()
    assert source["clew.severity"] == severity
    assert ("clew/dialect: 'perl': one of" in caplog.text) == (annotation == "perl")


@pytest.mark.parametrize("annotation", ["", "legacy"])
def test_a_pattern_of_the_policy(node: Node, annotation: str):
    async def check() -> None:
        node.log().write(b"warn! slow")
        send_everything(node.sweeper(policy=described(node, annotation, OWN)), node.collector)

    asyncio.run(check())
    (source,) = node.collector.sources()
    assert (source["clew.dialect"], source["clew.severity"]) == ("pattern", 13)
    assert source["message"] == "slow"


def test_a_line_that_holds_many_records_is_one_line_in_the_books(node: Node):
    """Each record is a document, told apart by its place in the line; the agent counts lines."""
    records = [{"severityNumber": 9, "body": {"stringValue": f"record {n}"}} for n in range(3)]
    line = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    log = node.log()
    log.write(json.dumps(line).encode())
    log.write(b"another")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    found = {source["message"]: source for source in node.collector.sources()}
    assert found.keys() == {"record 0", "record 1", "record 2", "another"}
    assert {
        source["log.offset"] for source in found.values() if source["message"] != "another"
    } == {0}
    assert sweeper.ledger.lines_read == sweeper.ledger.indexed == 2
    assert sweeper.status()["balanced"]
