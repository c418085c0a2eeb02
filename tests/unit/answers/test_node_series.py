from __future__ import annotations

import asyncio

import pytest

from clew.answers.node_series import NodeFold, NodeTarget
from clew.promql.matchers import NAME
from clew.schema.sample import Labels
from clew.store.protocols import Series
from tests.support.documents import NOON
from tests.support.node_samples import CPUS, EVERY, MEMORY, scrapes, series_with, target
from tests.support.scrapes import selection, series_of

TIMES = range(NOON, NOON + 5 * EVERY, EVERY)


def folded(*found: Series) -> NodeFold:
    fold = NodeFold()
    fold.feed(found)
    return fold


def one(*found: Series) -> dict[str, float | None]:
    """The latest values of the one node of these series."""
    [node] = folded(*found).nodes()
    curves = node.curves(TIMES[0], TIMES[-1])
    return {name: each.latest.value if each.latest else None for name, each in curves.items()}


def counter(name: str, per_second: float, **labels: str) -> Series:
    values = [per_second * (time - NOON) / 1e9 for time in TIMES]
    return series_of({NAME: name, **target("node-1"), **labels}, list(TIMES), values)


def gauge(name: str, value: float, labels: Labels | None = None) -> Series:
    own = {NAME: name, **(labels or target("node-1"))}
    return series_of(own, list(TIMES), [value] * len(TIMES))


def test_busy_is_what_is_neither_idle_nor_waiting_for_a_disk():
    modes = {"user": 0.2, "system": 0.1, "softirq": 0.1, "idle": 1.4, "iowait": 0.2}
    latest = one(*(counter("node_cpu_seconds_total", v, cpu="0", mode=m) for m, v in modes.items()))
    assert latest["cpu_busy_share"] == pytest.approx(0.2)
    assert latest["cpu_iowait_share"] == pytest.approx(0.1)


def test_memory_that_programs_could_have_is_not_used():
    """Caches are given back when they are asked for."""
    latest = one(
        gauge("node_memory_MemTotal_bytes", 8e9), gauge("node_memory_MemAvailable_bytes", 5e9)
    )
    assert (latest["memory_used_bytes"], latest["memory_total_bytes"]) == (3e9, 8e9)


def test_what_stays_on_the_node_or_lies_on_another_device_is_not_counted_twice():
    latest = one(
        *(counter("node_network_receive_bytes_total", 1e3, device=d) for d in ("lo", "veth1")),
        *(counter("node_network_receive_bytes_total", 7.0, device=d) for d in ("eth0", "eth1")),
        counter("node_disk_written_bytes_total", 5.0, device="sda"),
        counter("node_disk_written_bytes_total", 5.0, device="dm-0"),
    )
    assert latest["network_received_bytes_per_second"] == pytest.approx(14.0)
    assert latest["disk_written_bytes_per_second"] == pytest.approx(5.0)


def test_a_node_that_says_only_some_of_it_has_only_some_figures():
    latest = one(gauge("node_load1", 0.5))
    assert {name for name, value in latest.items() if value is not None} == {"load1"}


def test_of_an_agent_and_a_node_exporter_that_tell_of_one_node_the_agent_is_believed():
    """Added up, a node would have twice its disks."""
    exporter = {**target("node-1"), "instance": "10.0.0.7:9100"}
    fold = folded(gauge("node_load1", 9.0, exporter), gauge("node_load1", 1.0))
    [node] = fold.nodes()
    assert node.target == NodeTarget("node-1", "", "node-1")
    assert node.latest("node_load1") == 1.0
    [node] = folded(gauge("node_load1", 9.0, exporter)).nodes()
    assert node.latest("node_load1") == 9.0


def test_nodes_of_one_name_in_two_clusters_are_two():
    fold = folded(
        gauge("node_load1", 1.0, target("node-1", cluster="b")),
        gauge("node_load1", 2.0, target("node-1", cluster="a")),
    )
    assert [each.target.cluster for each in fold.nodes()] == ["a", "b"]
    assert [each.latest("node_load1") for each in fold.nodes()] == [2.0, 1.0]


def test_all_figures_of_a_node_as_an_agent_samples_it():
    store = series_with(scrapes("node-1", TIMES, busy=0.25))
    [node] = folded(*asyncio.run(store.select(selection()))).nodes()
    latest = {
        name: each.latest.value if each.latest else None
        for name, each in node.curves(TIMES[0], TIMES[-1]).items()
    }
    assert latest == {
        "cpu_busy_share": pytest.approx(0.25),
        "cpu_iowait_share": pytest.approx(0.02),
        "memory_used_bytes": pytest.approx(0.5625 * MEMORY),
        "memory_total_bytes": MEMORY,
        "load1": pytest.approx(0.5),
        "load5": pytest.approx(0.45),
        "load15": pytest.approx(0.4),
        "disk_read_bytes_per_second": pytest.approx(62_500),
        "disk_written_bytes_per_second": pytest.approx(250_000),
        "network_received_bytes_per_second": pytest.approx(250_000),
        "network_sent_bytes_per_second": pytest.approx(250_000 / 3),
    }
    assert len(node.cpus) == CPUS
    assert node.last_seen == TIMES[-1]
