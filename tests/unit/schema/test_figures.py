"""The figures of a node, out of what it says of itself."""

from __future__ import annotations

import math

import pytest

from clew.schema.figures import FIGURES, figures
from clew.schema.sample import Sample

CPU, DISK, SENT = (
    "node_cpu_seconds_total",
    "node_disk_read_bytes_total",
    "node_network_transmit_bytes_total",
)


def test_a_node_that_says_all_has_all_figures():
    """Each figure is there, and is what its metrics add up to."""
    said = [
        Sample(CPU, {"cpu": "0", "mode": "user"}, 10),
        Sample(CPU, {"cpu": "1", "mode": "system"}, 5),
        Sample(CPU, {"cpu": "0", "mode": "idle"}, 100),
        Sample(CPU, {"cpu": "1", "mode": "iowait"}, 7),
        Sample("node_memory_MemTotal_bytes", {}, 8000),
        Sample("node_memory_MemAvailable_bytes", {}, 3000),
        Sample("node_load1", {}, 1.5),
        Sample("node_network_receive_bytes_total", {"device": "eth0"}, 1),
        Sample("node_network_receive_bytes_total", {"device": "eth1"}, 2),
        Sample(SENT, {"device": "eth0"}, 4),
        Sample(DISK, {"device": "sda"}, 8),
        Sample(DISK, {"device": "nvme0n1"}, 16),
        Sample("node_disk_written_bytes_total", {"device": "sda"}, 32),
        Sample("node_boot_time_seconds", {}, 1e9),
    ]
    found = figures(said)
    assert set(found) == set(FIGURES)
    assert found == {
        "node.cpu.busy_seconds": 15,
        "node.cpu.total_seconds": 122,
        "node.memory.used_bytes": 5000,
        "node.memory.total_bytes": 8000,
        "node.load1": 1.5,
        "node.network.received_bytes": 3,
        "node.network.sent_bytes": 4,
        "node.disk.read_bytes": 24,
        "node.disk.written_bytes": 32,
    }


@pytest.mark.parametrize("device", ["lo", "veth12ab", "cni0", "docker0", "br-9f", "cali7"])
def test_bytes_that_stay_on_the_node_are_not_counted(device):
    """What passes from pod to pod, or by a pod's end of a cable, is no traffic of the node."""
    said = [Sample(SENT, {"device": each}, 1) for each in (device, "eth0", "bond0")]
    assert figures(said) == {"node.network.sent_bytes": 2}


@pytest.mark.parametrize("device", ["dm-0", "md127", "loop3", "zram0"])
def test_bytes_of_stacked_disks_are_counted_once(device):
    """What a volume reads, the disks under it read."""
    said = [Sample(DISK, {"device": each}, 1) for each in (device, "sda", "mmcblk0")]
    assert figures(said) == {"node.disk.read_bytes": 2}


def test_nothing_is_made_up():
    """Who says nothing of a node has no figure; memory without its total is not used memory."""
    assert figures([]) == {}
    assert figures([Sample("http_requests_total", {"mode": "user"}, 5)]) == {}
    assert figures([Sample("node_memory_MemAvailable_bytes", {}, 1)]) == {}
    total = [Sample("node_memory_MemTotal_bytes", {}, 1)]
    assert figures(total) == {"node.memory.total_bytes": 1}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.7e308])
def test_what_is_no_number_is_no_figure(value):
    """NaN, infinities and sums beyond all doubles are left out; the others stay."""
    said = [Sample(DISK, {"device": each}, value) for each in ("sda", "sdb")]
    assert figures([*said, Sample("node_load1", {}, 1)]) == {"node.load1": 1}
