"""An agent that runs for long: nothing grows with what is gone, and nothing is given up."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from agent.hints import Hints
from agent.metadata.known import KnownPods
from agent.metadata.pods import PodMetadata
from agent.outbox.sending import HELD_FOR_SECONDS, REFUSED_FOR_SECONDS
from agent.policy import Policy
from agent.shedding.config import RateLimitConfig, RateLimitsConfig
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send, send_everything
from tests.support.node import Node

YEAR_SECONDS = 365 * 24 * 60 * 60.0
PODS = 300


class Churn:
    """Pods that come, write a line, and go; each has a limit, and is known to the kubelet."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.pods = KnownPods()
        self.hints = Hints()
        self.source = Kubernetes([node.pods], "here")
        limits = RateLimitsConfig(rules=[RateLimitConfig(lines_per_second=1000.0)])
        self.policy = Policy.build(node.clock, pods=self.pods, rate_limits=limits)
        self.sweeper: Sweeper = node.sweeper(policy=self.policy)

    def look(self) -> None:
        send_everything(self.sweeper, self.node.collector)
        self.hints.watch(self.source.folders())

    def pod(self, number: int) -> None:
        uid = f"0c{number}"
        log = LogWriter(self.node.pods, f"shop_cart-{number}_{uid}")
        log.write(b"line %d" % number)
        log.close()
        pod = PodMetadata(uid, "", (("app", "cart"),), {}, "Job", "cart", "Burstable", "cart")
        self.pods.learn([pod], frozenset())
        self.look()
        shutil.rmtree(log.folder.parent)
        self.pods.learn([], frozenset())
        self.rest(3, 1.0)

    def rest(self, looks: int, seconds: float) -> None:
        """A file that is gone may be kept for a while, as somebody may have it open."""
        for _ in range(looks):
            self.look()
            self.node.clock.advance(seconds)

    def sizes(self) -> dict[str, int]:
        """How many entries there are of everything that has one for a file, a pod or a folder."""
        watch, state = self.sweeper.watch, self.sweeper.watch.state()
        return {
            "followers": len(watch.followers),
            "containers": len(watch.containers),
            "files in the checkpoint": len(state.files),
            "accounts": len(state.accounts),
            "identities": len(state.identities.generations) + len(state.identities.homes),
            "balances": len(watch.balances()),
            "stamps": len(watch._sightings),
            "limits": len(self.policy.limits._limited),
            "described": len(self.policy.describing._described),
            "pods": len(self.pods._pods),
            "pods asked for": len(self.pods._asked | self.pods._absent),
            "folders that are watched": len(self.hints._watches),
            "folders by watch": len(self.hints._folders),
            "open batches": len(self.sweeper._outbox.open_numbers),
            "turns": len(self.sweeper._rounds._turns),
            "open files": sum(
                _target(link).startswith(str(self.node.pods))
                for link in Path("/proc/self/fd").iterdir()
            ),
        }


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""  # the folder's own, which was closed when it was listed


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc and inotify")
def test_what_is_gone_leaves_nothing_in_memory(node: Node):
    """After hundreds of pods there is as much of everything as after one, and all was stored."""

    async def run() -> None:
        churn = Churn(node)
        try:
            churn.pod(0)
            churn.rest(20, 10.0)
            before = churn.sizes()
            for number in range(1, PODS):
                churn.pod(number)
                await asyncio.sleep(0)  # lets the hints take in what came
            churn.rest(20, 10.0)
            assert churn.sizes() == before
            assert len(node.collector.documents) == PODS
        finally:
            churn.hints.close()

    asyncio.run(run())


def test_a_year_of_silence_changes_nothing(node: Node):
    """A file that is there keeps its place, however old, also over a restart."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    for _ in range(3):
        node.clock.advance(YEAR_SECONDS)
        send_everything(sweeper, node.collector)
    sweeper.save()
    again = node.sweeper()
    send_everything(again, node.collector)
    assert (again.ledger.indexed, again.ledger.existing) == (1, 0)
    assert len(again.watch.followers) == 1


def filled_outbox(node: Node) -> int:
    """Batches that nobody took before the agent was killed; how many there are."""
    for name in ("a", "b", "c", "d"):
        log = node.log(name)
        for _ in range(3):
            log.write(os.urandom(40_000).hex().encode())
    sweeper = node.sweeper(SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0))
    sweeper.look()
    count = 0
    while sweeper.collect() is not None:
        count += 1
    return count


def test_a_start_with_a_full_outbox_loads_no_bodies(node: Node):
    """They are read one by one, when their turn to be sent comes."""
    count = filled_outbox(node)
    assert count > 3
    left = node.sweeper()._outbox.load(0, [])
    assert len(left) == count
    assert all(outgoing.body is None for outgoing in left)


def test_an_outbox_above_its_limit_is_sent_and_then_reading_goes_on(node: Node):
    """The limit keeps the agent from reading more, never from sending what is there."""
    count = filled_outbox(node)
    for log in node.logs:
        log.write(b"written later")
    small = SweepLimits(64 * 1024, 5.0, 30.0, group_seconds=0.0, outbox_bytes=1)
    sweeper = node.sweeper(small)
    sweeper.look()
    for _ in range(count):
        outgoing = sweeper.collect()
        assert outgoing is not None
        send(sweeper, outgoing, node.collector)
    for _ in range(10):
        send_everything(sweeper, node.collector)
    assert node.collector.texts().count("written later") == 4
    assert sweeper.status()["balanced"]


def test_nothing_is_given_up_however_often_it_is_held(node: Node):
    """There is no number of tries, and no age, after which lines are dropped."""
    log = node.log()
    log.write(b"one")
    node.collector.held = {str(log.path)}
    sweeper = node.sweeper()
    for _ in range(1000):
        send_everything(sweeper, node.collector)
        node.clock.advance(HELD_FOR_SECONDS + YEAR_SECONDS / 1000)
    assert (node.collector.documents, sweeper.ledger.gap_count) == ({}, 0)
    node.collector.held = set()
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one"]
    assert sweeper.status()["balanced"]


def test_a_part_that_is_refused_alone_rests_and_holds_up_no_other(node: Node):
    """Only its own container waits with it, and it is offered again, for ever, as it was."""
    logs = {name: node.log(name) for name in ("cart", "stock")}
    for log in logs.values():
        log.write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    outgoing = sweeper.collect()
    assert outgoing is not None
    poison, other = sorted(
        sweeper.halves(outgoing), key=lambda half: half.ranges[0].file.container.name
    )
    refused = sweeper.body(poison)
    send(sweeper, other, node.collector)
    sweeper.put_off(poison)
    for log in logs.values():
        log.write(b"two")
    send_everything(sweeper, node.collector)
    assert {source["kubernetes.container.name"] for source in node.collector.sources()} == {"stock"}
    assert len(node.collector.documents) == 2
    node.clock.advance(REFUSED_FOR_SECONDS)
    again = sweeper.collect()
    assert again is not None
    assert sweeper.body(again) == refused
    send(sweeper, again, node.collector)
    send_everything(sweeper, node.collector)
    assert len(node.collector.documents) == 4
    assert sweeper.status()["balanced"]
