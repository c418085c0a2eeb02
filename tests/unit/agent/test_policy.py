"""What is done with lines besides sending them, and that it is done once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.metadata.annotations import Annotation
from agent.metadata.known import KnownPods
from agent.metadata.pods import PodMetadata
from agent.metadata.policy import AnnotationRule, AnnotationsConfig
from agent.policy import Policy
from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import Redactor
from agent.shedding.config import RateLimitsConfig, RungConfig, SheddingConfig
from agent.shedding.kinds import Kind
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send, send_everything
from tests.support.node import Node

CARD = "4111 1111 1111 1111"
SHED_DEBUG = SheddingConfig(ladder=[RungConfig(name="debug", unread=1, shed=[Kind.DEBUG])])
DEBUG = b'{"@timestamp":"2023-01-29T08:42:09Z","log.level":"debug","message":"%s"}'
ERROR = b'{"@timestamp":"2023-01-29T08:42:09Z","log.level":"error","message":"%s"}'


def redacting(node: Node) -> Policy:
    return Policy.build(node.clock, redactor=Redactor.build(RedactionConfig(), b"k" * 32))


def shedding(node: Node) -> Policy:
    return Policy.build(node.clock, shedding=SHED_DEBUG)


def test_secrets_do_not_leave_the_node(node: Node):
    """Not in a record, not in the quarantine, and not in what waits on the disk."""
    log = node.log()
    log.write(f"paid with {CARD}".encode())
    log.append(f"no frame around {CARD}\n".encode())
    sweeper = node.sweeper(policy=redacting(node))
    send_everything(sweeper, node.collector)
    texts = node.collector.texts()
    assert all("[redacted:card:" in text for text in texts)
    assert len(texts) == 2
    assert not any(CARD in str(source) for source in node.collector.sources())
    kept = b"".join(path.read_bytes() for path in (node.data / "outbox").iterdir())
    assert CARD.encode() not in kept


def test_what_is_shed_is_counted_and_the_rest_arrives(node: Node):
    log = node.log()
    for number in range(3):
        log.write(DEBUG % b"%d" % number)
    log.write(ERROR % b"bad")
    sweeper = node.sweeper(policy=shedding(node))
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["bad"]
    ledger = sweeper.ledger
    assert (ledger.lines_read, ledger.indexed, ledger.shed_lines) == (4, 1, 3)
    assert sweeper.status()["balanced"]
    (span,) = ledger.shed
    assert (span.rung, span.lines) == ("debug", 3)
    (balance,) = sweeper.watch.balances()
    assert (balance.bytes_missing, balance.lines_missing) == (0, 0)


CHANGES = {
    "before it is sent": 0,
    "after it is stored, before the answer": 1,
    "after the answer, before the checkpoint": 2,
}


@pytest.mark.parametrize("sheds_first", [True, False])
@pytest.mark.parametrize("moment", CHANGES.values(), ids=CHANGES.keys())
def test_policy_changes_between_a_send_and_its_replay(node: Node, moment: int, sheds_first: bool):
    """Killed at that moment, and started with another policy: no line is in two places or none."""
    log = node.log()
    log.write(DEBUG % b"one")
    log.write(ERROR % b"two")
    policies = [shedding(node), Policy.build(node.clock)]
    first, then = policies if sheds_first else reversed(policies)
    sweeper = node.sweeper(policy=first)
    sweeper.look()
    outgoing = sweeper.collect()
    assert outgoing is not None
    if moment == 1:
        node.collector.take(sweeper.body(outgoing))
    if moment == 2:
        send(sweeper, outgoing, node.collector)
    again = node.sweeper(policy=then)
    send_everything(again, node.collector)
    stored, shed = node.collector.texts(), again.ledger.shed_lines
    assert (stored, shed) == ((["two"], 1) if sheds_first else (["one", "two"], 0))
    assert again.ledger.lines_read == 2
    assert again.status()["balanced"]


def test_redaction_changes_between_a_send_and_its_replay(node: Node):
    """What was sent first is what is stored, with one ID and one text."""
    node.log().write(f"paid with {CARD}".encode())
    sweeper = node.sweeper(policy=redacting(node))
    sweeper.look()
    assert sweeper.collect() is not None
    again = node.sweeper()
    send_everything(again, node.collector)
    (text,) = node.collector.texts()
    assert CARD not in text


def test_a_rate_limit_makes_lines_wait(node: Node):
    """Nothing is left out: what is above the rate is read later."""
    log = node.log()
    for number in range(2000):
        log.write(b"%d " % number + b"x" * 100)
    limits = {"rules": [{"bytes_per_second": 40_000}], "burst": "1s"}
    slow = RateLimitsConfig.model_validate(limits)
    sweeper = node.sweeper(policy=Policy.build(node.clock, rate_limits=slow))
    arrived = []
    for _ in range(12):
        send_everything(sweeper, node.collector)
        arrived.append(len(node.collector.documents))
        node.clock.advance(1.0)
    assert arrived[0] < 1000
    assert arrived == sorted(arrived)
    assert arrived[-1] == 2000


def pod(annotations: dict[str, str], service: str = "") -> PodMetadata:
    labels = (("app", service),) if service else ()
    return PodMetadata("0c1", "", labels, annotations, "StatefulSet", "cart", "Burstable", service)


class Kubelet:
    """Pods that are known, as far as somebody told."""

    def __init__(self, node: Node, annotations: AnnotationsConfig | None = None) -> None:
        self.pods = KnownPods()
        self.policy = Policy.build(node.clock, pods=self.pods, annotations=annotations)

    def tells(self, found: PodMetadata) -> None:
        self.pods.learn([found], frozenset())


def in_loop(check: Any, node: Node, log: LogWriter) -> None:
    """Known pods live in an event loop."""

    async def run() -> None:
        check(node, log)

    asyncio.run(run())


def test_a_container_that_is_excluded_is_not_read(node: Node):
    """Where policy allows it; its bytes are counted as such, and reading goes on when it ends."""

    def check(node: Node, log: LogWriter) -> None:
        allowed = AnnotationsConfig(rules=[AnnotationRule(allow=[Annotation.EXCLUDE])])
        kubelet = Kubelet(node, allowed)
        kubelet.tells(pod({"clew/exclude": "true"}))
        log.write(b"not for you")
        sweeper = node.sweeper(policy=kubelet.policy)
        send_everything(sweeper, node.collector)
        assert node.collector.texts() == []
        (balance,) = sweeper.watch.balances()
        assert balance.account.excluded_bytes == log.append(b"")
        assert (balance.bytes_missing, balance.unread_bytes) == (0, 0)
        kubelet.tells(pod({}))
        log.write(b"for you")
        send_everything(sweeper, node.collector)
        assert node.collector.texts() == ["for you"]

    in_loop(check, node, node.log())


def test_an_excluded_container_that_goes_on_writing_is_not_read_between_two_looks(node: Node):
    """Nor what it wrote behind lines that were on their way when it was excluded."""

    def check(node: Node, log: LogWriter) -> None:
        allowed = AnnotationsConfig(rules=[AnnotationRule(allow=[Annotation.EXCLUDE])])
        kubelet = Kubelet(node, allowed)
        sweeper = node.sweeper(policy=kubelet.policy)
        log.write(b"before")
        sweeper.look()
        outgoing = sweeper.collect()
        assert outgoing is not None
        kubelet.tells(pod({"clew/exclude": "true"}))
        sweeper.look()
        hidden = [log.write(b"not for you %d" % number) for number in range(3)]
        node.clock.advance(1.0)
        assert sweeper.collect() is None
        send(sweeper, outgoing, node.collector)
        node.clock.advance(1.0)
        assert sweeper.collect() is None
        log.write(b"nor this")
        send_everything(sweeper, node.collector)
        assert node.collector.texts() == ["before"]
        (balance,) = sweeper.watch.balances()
        assert balance.account.excluded_bytes == log.append(b"") - hidden[0]
        assert (balance.bytes_missing, balance.unread_bytes) == (0, 0)

    in_loop(check, node, node.log())


def test_without_leave_nobody_hides(node: Node):
    """By default an annotation can't take a pod's lines away."""

    def check(node: Node, log: LogWriter) -> None:
        kubelet = Kubelet(node)
        kubelet.tells(pod({"clew/exclude": "true"}))
        log.write(b"seen")
        send_everything(node.sweeper(policy=kubelet.policy), node.collector)
        assert node.collector.texts() == ["seen"]

    in_loop(check, node, node.log())


def test_labels_come_late_and_delay_nothing(node: Node):
    """Lines go before their pod is known; the name of a service does not change in the middle."""

    def check(node: Node, log: LogWriter) -> None:
        kubelet = Kubelet(node)
        sweeper = node.sweeper(policy=kubelet.policy)
        log.write(b"early")
        send_everything(sweeper, node.collector)
        kubelet.tells(pod({}, service="basket"))
        log.write(b"late")
        send_everything(sweeper, node.collector)
        sweeper.save()
        log.write(b"after a restart")
        send_everything(node.sweeper(policy=kubelet.policy), node.collector)
        early, late, after = node.collector.sources()
        assert "kubernetes.labels" not in early
        assert late["kubernetes.labels"] == after["kubernetes.labels"] == {"app": "basket"}
        assert {each["service.name"] for each in (early, late, after)} == {"cart"}

    in_loop(check, node, node.log())


def test_a_pod_is_asked_for_before_its_first_line_is_there(node: Node):
    """As soon as its log file is, so that also the first line goes under its labels."""

    def check(node: Node, log: LogWriter) -> None:
        kubelet = Kubelet(node)
        sweeper = node.sweeper(policy=kubelet.policy)
        sweeper.look()
        assert kubelet.pods.asked() == {"0c1"}
        kubelet.tells(pod({}, service="basket"))
        log.write(b"first")
        send_everything(sweeper, node.collector)
        (first,) = node.collector.sources()
        assert first["kubernetes.labels"] == {"app": "basket"}

    in_loop(check, node, node.log())


def test_a_pod_that_is_known_in_time_gives_its_service_a_name(node: Node):
    def check(node: Node, log: LogWriter) -> None:
        kubelet = Kubelet(node)
        kubelet.tells(pod({}, service="basket"))
        log.write(b"one")
        send_everything(node.sweeper(policy=kubelet.policy), node.collector)
        (source,) = node.collector.sources()
        assert source["service.name"] == "basket"

    in_loop(check, node, node.log())
