"""
The well-known figures of a node, out of the samples of one scrape.

Whatever its metrics are called, a scrape is stored as one packed value that only clew can read. So
that other programs can chart a node too, these few are stored beside it as plain numbers. They
follow node_exporter's names, and whoever says only some of them has only some of the figures:
counters count from the node's start, as they do in the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite

from clew.schema.sample import Labels, Sample

CPU_BUSY, CPU_TOTAL = "node.cpu.busy_seconds", "node.cpu.total_seconds"
MEMORY_USED, MEMORY_TOTAL = "node.memory.used_bytes", "node.memory.total_bytes"
LOAD = "node.load1"
NETWORK_RECEIVED, NETWORK_SENT = "node.network.received_bytes", "node.network.sent_bytes"
DISK_READ, DISK_WRITTEN = "node.disk.read_bytes", "node.disk.written_bytes"

FIGURES = (
    CPU_BUSY,
    CPU_TOTAL,
    MEMORY_USED,
    MEMORY_TOTAL,
    LOAD,
    NETWORK_RECEIVED,
    NETWORK_SENT,
    DISK_READ,
    DISK_WRITTEN,
)

_IDLE = frozenset({"idle", "iowait"})
"""Modes of a CPU that does nothing; waiting for a disk it could have done something else."""

_INNER_NETWORKS = (
    "lo", "veth", "docker", "br-", "virbr", "cni", "cali", "flannel", "cilium", "lxc", "tunl",
)  # fmt: skip
"""What passes these stays on the node, or is counted again at the card by which it leaves."""

_STACKED_DISKS = ("dm-", "md", "loop", "ram", "zram")
"""Devices over others: their bytes are counted again by the disks below, or are in memory."""

_AVAILABLE = "node_memory_MemAvailable_bytes"


def figures(samples: Iterable[Sample]) -> dict[str, float]:
    """The figures that these samples say, by their names; never NaN or an infinity."""
    sums: dict[str, float] = {}
    for name, labels, value in samples:
        if name in _SUMMED:
            for figure, counts in _SUMMED[name]:
                if counts(labels):
                    sums[figure] = sums.get(figure, 0.0) + value
    available = sums.pop(_AVAILABLE, None)
    if available is not None and MEMORY_TOTAL in sums:
        sums[MEMORY_USED] = sums[MEMORY_TOTAL] - available
    return {name: value for name, value in sums.items() if isfinite(value)}


def _always(_: Labels) -> bool:
    return True


def is_busy(labels: Labels) -> bool:
    return labels.get("mode") not in _IDLE


def is_outer_network(labels: Labels) -> bool:
    return not labels.get("device", "").startswith(_INNER_NETWORKS)


def is_disk(labels: Labels) -> bool:
    return not labels.get("device", "").startswith(_STACKED_DISKS)


_SUMMED: dict[str, list[tuple[str, Callable[[Labels], bool]]]] = {
    "node_cpu_seconds_total": [(CPU_BUSY, is_busy), (CPU_TOTAL, _always)],
    "node_memory_MemTotal_bytes": [(MEMORY_TOTAL, _always)],
    _AVAILABLE: [(_AVAILABLE, _always)],
    "node_load1": [(LOAD, _always)],
    "node_network_receive_bytes_total": [(NETWORK_RECEIVED, is_outer_network)],
    "node_network_transmit_bytes_total": [(NETWORK_SENT, is_outer_network)],
    "node_disk_read_bytes_total": [(DISK_READ, is_disk)],
    "node_disk_written_bytes_total": [(DISK_WRITTEN, is_disk)],
}
"""Metric -> the figures that its series add up to, and which series count."""
