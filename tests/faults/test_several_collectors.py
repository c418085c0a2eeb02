"""
Three real collectors, of which the one in use fails under load: the lines go through another.

Each has a copy of one empty store, and so they keep the same one by its identity. What is in any of
them would be in the one that they share in production.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.inputs import canonical_lines, write_cri
from tests.support.books import check_books
from tests.support.places import stored_places, written_places
from tests.support.processes import Process, wait_until

pytestmark = pytest.mark.timeout(240)
LINES = 80_000


def three_collectors(folder: Path) -> list[Process]:
    def collector(name: str) -> Process:
        store = {"kind": "embedded", "path": str(folder / name / "store")}
        return Process("collector", folder / name, {"store": store})

    with (first := collector("one")):
        first.wait_ready()
    for name in ("two", "three"):
        shutil.copytree(folder / "one" / "store", folder / name / "store")
    return [first, collector("two"), collector("three")]


def taken(collector: Process) -> float:
    """Batches that it took since it was started."""
    return collector.metric("clew_collector_batches_total", status="200") or 0.0


FAULTS: dict[str, Callable[[Process], None]] = {"killed": Process.kill, "silent": Process.hang}


@pytest.mark.parametrize("fault", FAULTS)
def test_lines_go_through_another_collector(tmp_path: Path, fault: str):
    """No line is missing, and no store has one twice; the agent says what it met."""
    write_cri(tmp_path / "logs" / "node-a" / "var/log/pods", canonical_lines(LINES))
    collectors = three_collectors(tmp_path)
    section = {
        "logs": [str(tmp_path / "logs")],
        "data": str(tmp_path / "agent"),
        "collector_url": [each.url for each in collectors],
        "batch_bytes": 256 * 1024,
        "deadline_seconds": 1,
    }
    agent = Process("agent", tmp_path / "run", section)
    try:
        for each in collectors:
            each.start()
        for each in collectors:
            each.wait_ready()
        with agent:
            agent.wait_for_lines(LINES // 8)
            [used] = [each for each in collectors if taken(each)]
            FAULTS[fault](used)
            agent.wait_for_lines(LINES)
            assert agent.metric("clew_agent_collector_changes_total", state="open")
            assert f"{used.url} is not used for now: " in agent.log
            others = [each for each in collectors if each is not used]
            assert sorted(bool(taken(each)) for each in others) == [False, True]
            used.start() if fault == "killed" else used.go_on()
            wait_until(lambda: agent.metric("clew_agent_collectors", state="open") == 0, "all well")
            check_books(agent.url, at_rest=True)
    finally:
        for each in collectors:
            each.stop()
    stored = [stored_places(tmp_path / name / "store") for name in ("one", "two", "three")]
    assert set().union(*stored) == written_places(tmp_path / "logs")
    assert all(set(places.values()) <= {1} for places in stored)
