"""
A node's CPU, memory, load, disks and network out of procfs, as node_exporter calls them.

Every name, unit and label is node_exporter's own (1.5 to 1.9), so that dashboards and rules made
for it hold. What the kernel does not tell, or tells in another form, is left out and named: a node
without one file has all figures but those of that file. macOS has no procfs, and no figures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from clew.schema.sample import Sample

SECTOR_BYTES = 512
"""What /proc/diskstats counts in, whatever the disk's own sectors are (kernel: iostats.rst)."""

CPU_MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
GUEST_MODES = ("user", "nice")
"""What follows `steal`: time of guests, which `user` and `nice` contain already."""

_STAT = {
    "intr": "node_intr_total",
    "ctxt": "node_context_switches_total",
    "btime": "node_boot_time_seconds",
    "processes": "node_forks_total",
    "procs_running": "node_procs_running",
    "procs_blocked": "node_procs_blocked",
}
# In the order of the columns; unit: one of theirs in one of ours.
_DISK = (
    ("node_disk_reads_completed_total", 1.0),
    ("node_disk_reads_merged_total", 1.0),
    ("node_disk_read_bytes_total", SECTOR_BYTES),
    ("node_disk_read_time_seconds_total", 0.001),
    ("node_disk_writes_completed_total", 1.0),
    ("node_disk_writes_merged_total", 1.0),
    ("node_disk_written_bytes_total", SECTOR_BYTES),
    ("node_disk_write_time_seconds_total", 0.001),
    ("node_disk_io_now", 1.0),
    ("node_disk_io_time_seconds_total", 0.001),
    ("node_disk_io_time_weighted_seconds_total", 0.001),
    ("node_disk_discards_completed_total", 1.0),
    ("node_disk_discards_merged_total", 1.0),
    ("node_disk_discarded_sectors_total", 1.0),
    ("node_disk_discard_time_seconds_total", 0.001),
    ("node_disk_flush_requests_total", 1.0),
    ("node_disk_flush_requests_time_seconds_total", 0.001),
)
_RECEIVE = ("bytes", "packets", "errs", "drop", "fifo", "frame", "compressed", "multicast")
_TRANSMIT = ("bytes", "packets", "errs", "drop", "fifo", "colls", "carrier", "compressed")

# node_exporter's own default: no disks in memory, no loops, and no partition beside its disk.
_LEFT_OUT = re.compile(r"(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+")


def parse_stat(text: str, ticks: float) -> Iterator[Sample]:
    """/proc/stat; `ticks` is how many of its units of CPU time make a second (SC_CLK_TCK)."""
    for line in text.splitlines():
        key, *values = line.split()
        if key in _STAT:
            yield Sample(_STAT[key], {}, float(values[0]))
        elif key.startswith("cpu") and key != "cpu":
            yield from _cpu(key.removeprefix("cpu"), [float(value) / ticks for value in values])


def _cpu(cpu: str, seconds: list[float]) -> Iterator[Sample]:
    for mode, value in zip(CPU_MODES, seconds, strict=False):
        yield Sample("node_cpu_seconds_total", {"cpu": cpu, "mode": mode}, value)
    for mode, value in zip(GUEST_MODES, seconds[len(CPU_MODES) :], strict=False):
        yield Sample("node_cpu_guest_seconds_total", {"cpu": cpu, "mode": mode}, value)


def parse_meminfo(text: str) -> Iterator[Sample]:
    """/proc/meminfo: `Active(anon): 8 kB` is node_memory_Active_anon_bytes; counts have no unit."""
    for line in text.splitlines():
        key, value, *unit = line.replace("(", "_").replace("):", ":").split()
        name = f"node_memory_{key.removesuffix(':')}"
        if unit:
            yield Sample(f"{name}_bytes", {}, float(value) * 1024)
        else:
            yield Sample(name, {}, float(value))


def parse_loadavg(text: str) -> Iterator[Sample]:
    """/proc/loadavg: `1.86 2.02 1.57 2/217 4711`."""
    for name, value in zip(("node_load1", "node_load5", "node_load15"), text.split(), strict=False):
        yield Sample(name, {}, float(value))


def parse_diskstats(text: str) -> Iterator[Sample]:
    """/proc/diskstats; an older kernel has fewer columns, a newer one more than are known here."""
    for line in text.splitlines():
        _, _, device, *columns = line.split()
        if not _LEFT_OUT.fullmatch(device):
            for (name, unit), column in zip(_DISK, columns, strict=False):
                yield Sample(name, {"device": device}, float(column) * unit)


def parse_net_dev(text: str) -> Iterator[Sample]:
    """/proc/net/dev: two lines of headings, then `eth0: <8 columns received> <8 transmitted>`."""
    for line in text.splitlines()[2:]:
        # The last colon: the alias of an interface has one in its name.
        device, _, rest = line.rpartition(":")
        labels = {"device": device.strip()}
        columns = rest.split()
        for direction, names, values in (
            ("receive", _RECEIVE, columns[:8]),
            ("transmit", _TRANSMIT, columns[8:]),
        ):
            for name, value in zip(names, values, strict=True):
                yield Sample(f"node_network_{direction}_{name}_total", labels, float(value))


class Unread(NamedTuple):
    """A file that gave no figures, and why."""

    file: str
    reason: str


class Procfs:
    """
    The procfs under a root: `/proc`, or where a container sees that of its node.

    The network is that of process 1. An agent in a network namespace of its own, with the node's
    procfs mounted, would otherwise report the traffic of its pod as the node's.
    """

    def __init__(self, root: Path) -> None:
        ticks = os.sysconf("SC_CLK_TCK")
        self._root = root
        self._parsers: dict[str, Callable[[str], Iterator[Sample]]] = {
            "stat": lambda text: parse_stat(text, ticks),
            "meminfo": parse_meminfo,
            "loadavg": parse_loadavg,
            "diskstats": parse_diskstats,
            "1/net/dev": parse_net_dev,
        }

    def read(self) -> tuple[list[Sample], list[Unread]]:
        """All figures of this moment, and what there is none of. A file counts whole or not."""
        samples: list[Sample] = []
        unread: list[Unread] = []
        for name, parse in self._parsers.items():
            try:
                found = list(parse((self._root / name).read_text(encoding="utf-8")))
            except OSError as error:
                unread.append(Unread(name, error.strerror or str(error)))
            except (ValueError, IndexError) as error:
                unread.append(Unread(name, f"not as expected: {error}"))
            else:
                samples += found
        return samples, unread
