"""The agent's figures of a node beside those of the real node_exporter, at the same moment."""

from __future__ import annotations

import math
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.metrics.exposition import parse_exposition
from agent.metrics.procfs import Procfs
from clew.runtime.addresses import free_port
from clew.schema.sample import Sample
from tests.support.components import require_unpacked
from tests.support.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no procfs")

COLLECTORS = ("cpu", "stat", "meminfo", "loadavg", "diskstats", "netdev")
Key = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[str]:
    """Its address. Debian's leaves out `lo` by default, the original does not."""
    program = require_unpacked("prometheus-node-exporter", "usr/bin/prometheus-node-exporter")
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    argv = [str(program), f"--web.listen-address={address}", "--collector.disable-defaults"]
    argv += [f"--collector.{name}" for name in COLLECTORS]
    argv += ["--collector.netdev.device-exclude=^none$", "--no-collector.netdev.netlink"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


def get(address: str) -> bytes:
    """What it answers; empty as long as it does not."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, ConnectionError):
        return b""


def by_series(samples: list[Sample]) -> dict[Key, float]:
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for s in samples}


def of_exporter(address: str) -> dict[Key, float]:
    """What it says of the node, and not of itself, nor of disks in memory as older ones do."""
    found = by_series(parse_exposition(get(address), {}, 100_000, lambda: False))
    others = ("node_scrape_", "node_exporter_", "node_disk_info", "node_disk_filesystem_info")
    return {
        (name, labels): value
        for (name, labels), value in found.items()
        if name.startswith("node_")
        and not name.startswith(others)
        and not dict(labels).get("device", "").startswith("zram")
    }


def test_names_labels_and_values_are_those_of_node_exporter(exporter: str) -> None:
    """Every series of its collectors, and no other; each value between two of its readings."""
    wait_until(lambda: get(exporter), "it answers")
    before = of_exporter(exporter)
    samples, unread = Procfs(Path("/proc")).read()
    after = of_exporter(exporter)
    ours = by_series(samples)
    assert unread == []
    assert len(ours) == len(samples)
    assert ours.keys() == after.keys()
    for key, value in ours.items():
        name = key[0]
        if name.endswith("_total"):
            # It keeps an idle CPU's time from going back, which the kernel's does at times.
            assert before[key] - 1 <= value <= after[key] + 1, key
        elif name in {"node_boot_time_seconds", "node_memory_MemTotal_bytes"}:
            assert value == before[key]
        elif name.startswith("node_memory_"):
            assert math.isclose(value, after[key], rel_tol=0.5, abs_tol=2**29), key
        elif name.startswith("node_load"):
            assert math.isclose(value, after[key], rel_tol=0.5, abs_tol=1), key
