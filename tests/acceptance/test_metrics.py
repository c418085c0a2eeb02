"""Samples from the node and from targets to the store, through real processes and their ends."""

from __future__ import annotations

import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.books import check_books
from tests.support.log_files import LogWriter
from tests.support.processes import Process, wait_until
from tests.support.stored_samples import stored_series, times_of
from tests.support.together import Up
from tests.support.wheel import Installation

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="the figures of a node come from procfs"),
]


def test_clew_up_samples_the_node_and_its_own_processes(
    installation: Installation, tmp_path: Path
) -> None:
    """With nothing configured; each process is up, and says what it does."""
    store = tmp_path / "data" / "store"

    def up_jobs() -> dict[str, float]:
        return {s.labels["job"]: s.values[-1] for s in stored_series(store, "up")}

    with Up(installation, tmp_path / "data", "--demo") as up:
        own = {"clew-agent": 1.0, "clew-collector": 1.0, "clew-query": 1.0}
        wait_until(lambda: up_jobs() == own, "the three processes are up")
        wait_until(lambda: times_of(store, "node_load1", job="node"), "the node is sampled")
        wait_until(lambda: stored_series(store, "clew_agent_lines_total"), "the agent is sampled")
        up.interrupt()
    [memory] = stored_series(store, "node_memory_MemTotal_bytes")
    assert memory.labels.keys() == {"__name__", "job", "instance", "node"}
    assert memory.values[0] > 2**20


def agent_section(folder: Path, collector: Process) -> dict[str, Any]:
    (folder / "logs").mkdir(exist_ok=True)
    return {
        "logs": [str(folder / "logs")],
        "data": str(folder / "agent"),
        "collector_url": collector.url,
        "node": "node-a",
        "metrics": {"interval_seconds": 1},
    }


def test_every_series_of_a_process_is_documented(tmp_path: Path) -> None:
    """Whatever collects it, also what exists only once a container has written something."""
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    section = {"store": {"kind": "embedded", "path": str(tmp_path / "store")}}
    collector = Process("collector", tmp_path / "run", section)
    agent = Process("agent", tmp_path / "run", agent_section(tmp_path, collector))
    log = LogWriter(tmp_path / "logs")
    log.write(b"a line")
    log.close()
    with collector, agent:
        agent.wait_for_lines(1)
        check_books(agent.url)
        for process in (collector, agent):
            assert {name for name in families_of(process) if "clew_" in name} <= documented


def families_of(process: Process) -> set[str]:
    """The names of what it shows at /metrics, as they are documented."""
    with urllib.request.urlopen(f"{process.url}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(text)
        if not family.name.endswith("_created")
    }


def test_samples_wait_in_the_spool_through_kill_9_and_arrive_once(tmp_path: Path) -> None:
    """Neither a collector that is not there, nor two agents that are killed, lose a sample."""
    store = tmp_path / "store"
    section = {"store": {"kind": "embedded", "path": str(store)}}
    collector = Process("collector", tmp_path / "run", section)
    agent = Process("agent", tmp_path / "run", agent_section(tmp_path, collector))
    spool = tmp_path / "agent" / "spool"

    def spooled() -> int:
        return sum(segment.stat().st_size for segment in spool.glob("*.segment"))

    written: list[int] = []
    for _ in range(2):
        before = spooled()
        agent.start()
        wait_until(lambda before=before: spooled() > before, "a sample is spooled")
        agent.kill()
        written.append(max(segment.stat().st_mtime_ns for segment in spool.glob("*.segment")))
    with collector, agent:
        wait_until(lambda: len(times_of(store, "node_load1", job="node")) > 2, "all arrive")
    times = times_of(store, "node_load1", job="node")
    assert times == sorted(set(times))
    assert times[0] <= written[0]
    assert any(written[0] < time <= written[1] for time in times)


def test_an_agent_stops_at_once_and_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    """SIGTERM while no collector answers; what is in the spool is the next one's to send."""
    store = tmp_path / "store"
    section = {"store": {"kind": "embedded", "path": str(store)}}
    collector = Process("collector", tmp_path / "run", section)
    agent = Process("agent", tmp_path / "run", agent_section(tmp_path, collector))
    segments = tmp_path / "agent" / "spool"
    agent.start()
    wait_until(lambda: list(segments.glob("*.segment")), "a sample is spooled")
    assert agent.stop() == 0
    [kept] = segments.glob("*.segment")
    stopped_at = kept.stat().st_mtime_ns
    with collector, agent:
        wait_until(lambda: times_of(store, "node_load1", job="node"), "it arrives")
    assert times_of(store, "node_load1", job="node")[0] <= stopped_at
