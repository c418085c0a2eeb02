"""How long what is written now would survive unread."""

from __future__ import annotations

from math import inf, isinf

import pytest
from prometheus_client import REGISTRY

from agent.rescue.capacity import MEAN_SECONDS
from agent.sweep import CAPACITY_SECONDS, SweepLimits
from tests.support.node import Node

LIMITS = SweepLimits(1_000_000, 5.0, 30.0, rescue_bytes=10_000_000, held_bytes=20_000_000)


def test_nothing_is_written(node: Node):
    """Then it is for ever, which JSON has no number for."""
    node.log().write(b"one")
    sweeper = node.sweeper(LIMITS)
    sweeper.look()
    node.clock.advance(10.0)
    sweeper.look()
    assert sweeper.capacity == (inf, inf, inf)
    shown = sweeper.statusz()["capacity_seconds"]
    assert shown == {"files": None, "descriptors": None, "rescue": None}


def test_at_the_rate_of_the_last_minute(node: Node):
    """Of files by the container that writes most for what it keeps; the rest by the node's rate."""
    fast, slow = node.log("fast"), node.log("slow")
    for log in (fast, slow):
        log.write(b"x" * 500_000)
        log.rotate()
        log.write(b"begin")
    sweeper = node.sweeper(LIMITS)
    sweeper.look()
    for _ in range(600):
        fast.write(b"x" * 20_000)
        slow.write(b"x" * 2_000)
        node.clock.advance(1.0)
        sweeper.look()
    kept = fast.append(b"") + 500_000
    capacity = sweeper.capacity
    assert capacity.files == pytest.approx(kept / 20_000, rel=0.02)
    assert capacity.descriptors == pytest.approx(20_000_000 / 22_000, rel=0.02)
    assert capacity.rescue == pytest.approx(10_000_000 / 22_000, rel=0.02)
    metric = REGISTRY.get_sample_value("clew_agent_capacity_seconds", {"of": "files"})
    assert metric == capacity.files
    for _ in range(10):
        node.clock.advance(MEAN_SECONDS)
        sweeper.look()
    assert sweeper.capacity.files == inf


def test_a_container_that_was_never_rotated_loses_nothing(node: Node):
    """However fast it writes, no file of it goes."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper(LIMITS)
    sweeper.look()
    log.write(b"x" * 1_000_000)
    node.clock.advance(CAPACITY_SECONDS)
    sweeper.look()
    assert isinf(sweeper.capacity.files)
    assert sweeper.capacity.rescue < 1000


def test_what_deleted_files_hold_already_is_not_there_for_others(node: Node):
    """Nor what is in the rescue spool."""
    log, other = node.log(), node.log("other")
    log.write(b"x" * 1_000_000)
    other.write(b"one")
    sweeper = node.sweeper(LIMITS)
    sweeper.look()
    log.path.unlink()
    other.write(b"x" * 100_000)
    node.clock.advance(CAPACITY_SECONDS)
    sweeper.look()
    status = sweeper.statusz()["rescue"]
    assert status["bytes"] > 1_000_000
    assert status["held_bytes"] > 1_000_000
    ratio = (20_000_000 - status["held_bytes"]) / (10_000_000 - status["bytes"])
    assert sweeper.capacity.descriptors / sweeper.capacity.rescue == pytest.approx(ratio)
