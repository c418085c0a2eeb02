"""The policy of the schema on its way through an agent: who it is asked for, and what is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from agent.metadata.known import KnownPods
from agent.metadata.pods import PodMetadata
from agent.policy import Policy
from agent.shedding.config import SheddingConfig
from agent.shedding.ladder import Backlog
from clew.schema.policy.policy import BUILT_IN
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send_everything
from tests.support.node import Node
from tests.support.policies import policy

CANONICAL = b'{"log.level":"%s","message":"%s"}'
STRICT = """
schemas: {strict: {mode: enforce, require: [trace.id]}, loose: {require: [span.id]}}
rules: [{namespaces: [shop], services: [cart], schema: strict}]
"""


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def asked_for(node: Node, annotation: str) -> Policy:
    """A policy, and a pod that asks for something in its annotation."""
    pods = KnownPods()
    about = {"clew/schema": annotation}
    pods.learn([PodMetadata("0c1", "", (), about, "Pod", "cart", "", "")], frozenset())
    return Policy.build(node.clock, pods=pods, schema=policy(STRICT))


def in_loop(check: Callable[[], None]) -> None:
    """Known pods live in an event loop."""

    async def run() -> None:
        check()

    asyncio.run(run())


def test_the_rule_of_a_containers_namespace_and_service_holds(node: Node):
    """What it refuses goes to quarantine, and every document says which policy it was."""
    strict = Policy.build(node.clock, schema=policy(STRICT))
    cart, stock = node.log("cart"), node.log("stock")
    for log in (cart, stock):
        log.write(CANONICAL % (b"info", b"m"))
    send_everything(node.sweeper(policy=strict), node.collector)
    found = {source["service.name"]: source for source in node.collector.sources()}
    assert found["cart"]["clew.violations"] == ["missing_field:trace.id"]
    assert found["cart"]["clew.reason"] == "missing_field"
    assert "clew.violations" not in found["stock"]
    assert {source["clew.policy"] for source in found.values()} == {strict.schema.name}


def test_what_is_in_the_outbox_keeps_the_policy_it_was_read_under(node: Node):
    """It is sent as it stands, whatever policy there is by then."""
    log = node.log()
    log.write(CANONICAL % (b"info", b"first"))
    sweeper = node.sweeper(policy=Policy.build(node.clock, schema=policy(STRICT)))
    sweeper.look()
    assert sweeper.collect() is not None
    sweeper.save()
    sweeper.close()
    log.write(CANONICAL % (b"info", b"second"))
    send_everything(node.sweeper(), node.collector)
    first, second = node.collector.sources()
    assert (first["clew.policy"], first["clew.reason"]) == (policy(STRICT).name, "missing_field")
    assert (second["clew.policy"], second["message"]) == (BUILT_IN.name, "second")


@pytest.mark.parametrize(
    ("annotation", "violations"),
    [
        ("strict", ["missing_field:trace.id"]),
        ("loose", ["missing_field:span.id"]),
        ("report", ["missing_field:trace.id"]),
        ("off", None),
        ("cart=off", None),
        ("other=off", ["missing_field:trace.id"]),
        ("lose", ["missing_field:trace.id"]),
    ],
)
def test_a_pod_asks_for_a_schema_or_a_mode(
    node: Node, annotation: str, violations: list[str] | None, caplog: pytest.LogCaptureFixture
):
    """What there is not is told, and ignored."""

    def check() -> None:
        node.log().write(CANONICAL % (b"info", b"m"))
        sweeper = node.sweeper(policy=asked_for(node, annotation))
        send_everything(sweeper, node.collector)
        (source,) = node.collector.sources()
        assert source.get("clew.violations") == violations
        assert ("clew.reason" in source) == (annotation in {"strict", "other=off", "lose"})

    in_loop(check)
    told = "clew/schema: 'lose': one of strict, loose, enforce, report, off was expected"
    assert (told in caplog.text) == (annotation == "lose")


def test_violations_stay_with_their_lines_where_others_are_shed(node: Node):
    """The places of those that are left out are taken by those behind them."""
    rungs = {"ladder": [{"name": "r", "unread": "1B", "shed": ["info"]}]}
    shedding = Policy.build(
        node.clock,
        shedding=SheddingConfig.model_validate(rungs),
        schema=policy("rules: [{schema: {longest: {message: 1}}}]"),
    )
    shedding.ladder.update(Backlog(2**40, 1e6, 1.0))
    log: LogWriter = node.log()
    for level, message in ((b"info", b"a"), (b"error", b"bb"), (b"info", b"cc"), (b"warn", b"d")):
        log.write(CANONICAL % (level, message))
    sweeper = node.sweeper(policy=shedding)
    sweeper.watch.look(node.clock.monotonic())
    outgoing = sweeper.collect()
    assert outgoing is not None
    sweeper.settle(outgoing, node.collector.take(sweeper.body(outgoing)))
    assert [(s["message"], s.get("clew.violations")) for s in node.collector.sources()] == [
        ("bb", ["field_too_long:message"]),
        ("d", None),
    ]


def counted(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(f"clew_agent_{name}_total", labels)
    assert found is not None, "every series is there before its first line"
    return found


def test_lines_and_violations_are_counted_by_reason(node: Node):
    """A line counts once, by what became of it and the first reason; its violations each."""
    outcomes = [
        ("canonical", "", 1.0),
        ("translated", "", 2.0),
        ("reported", "missing_field", 1.0),
        ("quarantined", "invalid_utf8", 1.0),
    ]
    before = [counted("judged_lines", outcome=o, reason=r) for o, r, _ in outcomes]
    violations = counted("violations", reason="missing_field")
    log = node.log()
    log.write(CANONICAL[:-1] % (b"info", b"m") + b',"trace.id":"a","span.id":"b"}')
    log.write(CANONICAL % (b"info", b"m"))
    log.write(b'{"msg":"m","level":"info","trace_id":"abcd","span_id":"ef"}')
    log.write(b"trace_id=abcd span_id=ef")
    log.write(b"\xff")
    both = policy("rules: [{schema: {require: [trace.id, span.id]}}]")
    sweeper = node.sweeper(policy=Policy.build(node.clock, schema=both))
    send_everything(sweeper, node.collector)
    for (outcome, reason, more), first in zip(outcomes, before, strict=True):
        assert counted("judged_lines", outcome=outcome, reason=reason) - first == more, outcome
    assert counted("violations", reason="missing_field") - violations == 2
    assert sweeper.statusz()["policy"] == both.name
