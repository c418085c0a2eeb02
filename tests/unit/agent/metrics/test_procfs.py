"""The kernel's files under node_exporter's names; what is not as expected is left out and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.metrics.procfs import (
    Procfs,
    parse_diskstats,
    parse_loadavg,
    parse_meminfo,
    parse_net_dev,
    parse_stat,
)
from clew.schema.sample import Sample

STAT = """\
cpu  75988 474 13392 79736 902 0 357 226 12 3
cpu0 34565 280 5944 44213 295 0 69 110 10 2
cpu17 41423 194 7448 35522 607 0 287 115 2 1
intr 1010454 0 0 14
ctxt 2705008
btime 1795597745
processes 18697
procs_running 3
procs_blocked 0
softirq 600916 0 63927 12
"""
MEMINFO = """\
MemTotal:       24684084 kB
Active(anon):       1552 kB
HugePages_Total:       2
DirectMap1G:    25165824 kB
"""
DISKSTATS = """\
   7       0 loop0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 253       0 zram0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
   8       0 sda 79052 9573 4953930 45180 116554 214242 15912984 88404 0 23396 137507 20366 70 \
2511792 2232 33870 1691 99
   8       1 sda1 1 0 0 0 0 0 0 0 0 0 0
 259       0 nvme0n1 10 20 30 40 50 60 70 80 90 100 110
 259       1 nvme0n1p1 1 0 0 0 0 0 0 0 0 0 0
"""
NET_DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo \
colls carrier compressed
    lo: 184066354   59634    0    0    0     0          0         0 184066354   59634    0    0 \
   0     0       0          0
eth0:1:1877418983 1 2 3 4 5 6 7 3052728 9 10 11 12 13 14 15
"""


def values(samples: list[Sample], name: str) -> dict[str, float]:
    """Values by the labels of their series."""
    return {"|".join(s.labels.values()): s.value for s in samples if s.name == name}


def test_cpu_time_is_in_seconds_by_cpu_and_mode():
    samples = list(parse_stat(STAT, ticks=100))
    seconds = values(samples, "node_cpu_seconds_total")
    assert len(seconds) == 16  # and none for the sum of all
    assert seconds["0|user"] == 345.65
    assert seconds["17|steal"] == 1.15
    assert values(samples, "node_cpu_guest_seconds_total") == {
        "0|user": 0.1,
        "0|nice": 0.02,
        "17|user": 0.02,
        "17|nice": 0.01,
    }


def test_the_rest_of_stat():
    samples = {s.name: s.value for s in parse_stat(STAT, 100) if not s.labels}
    assert samples == {
        "node_intr_total": 1010454,
        "node_context_switches_total": 2705008,
        "node_boot_time_seconds": 1795597745,
        "node_forks_total": 18697,
        "node_procs_running": 3,
        "node_procs_blocked": 0,
    }


def test_memory_is_in_bytes_and_counts_are_counts():
    assert list(parse_meminfo(MEMINFO)) == [
        Sample("node_memory_MemTotal_bytes", {}, 24684084 * 1024),
        Sample("node_memory_Active_anon_bytes", {}, 1552 * 1024),
        Sample("node_memory_HugePages_Total", {}, 2),
        Sample("node_memory_DirectMap1G_bytes", {}, 25165824 * 1024),
    ]


def test_load():
    assert [tuple(sample) for sample in parse_loadavg("2.07 1.89 1.19 1/97 18698\n")] == [
        ("node_load1", {}, 2.07),
        ("node_load5", {}, 1.89),
        ("node_load15", {}, 1.19),
    ]


def test_disks_without_loops_memory_and_partitions():
    samples = list(parse_diskstats(DISKSTATS))
    assert {sample.labels["device"] for sample in samples} == {"sda", "nvme0n1"}
    assert values(samples, "node_disk_reads_completed_total")["sda"] == 79052
    assert values(samples, "node_disk_read_bytes_total")["sda"] == 4953930 * 512
    assert values(samples, "node_disk_written_bytes_total")["sda"] == 15912984 * 512
    assert values(samples, "node_disk_io_time_seconds_total")["sda"] == pytest.approx(23.396)
    assert values(samples, "node_disk_flush_requests_time_seconds_total") == {"sda": 1.691}


def test_a_kernel_with_other_columns_gives_those_that_are_known():
    """Up to 4.17 a disk had eleven of them; the next kernel may add one."""
    samples = list(parse_diskstats(DISKSTATS))
    assert sum(sample.labels["device"] == "nvme0n1" for sample in samples) == 11
    assert sum(sample.labels["device"] == "sda" for sample in samples) == 17


def test_network_by_device_and_direction():
    samples = list(parse_net_dev(NET_DEV))
    assert values(samples, "node_network_receive_bytes_total") == {
        "lo": 184066354,
        "eth0:1": 1877418983,
    }
    assert values(samples, "node_network_receive_drop_total")["eth0:1"] == 3
    assert values(samples, "node_network_transmit_packets_total")["eth0:1"] == 9
    assert values(samples, "node_network_transmit_compressed_total")["eth0:1"] == 15


def procfs(root: Path, **changed: str | None) -> Procfs:
    """A root with these files, all good but those that are changed (None: not there)."""
    good = {"stat": STAT, "meminfo": MEMINFO, "loadavg": "1 2 3 1/9 4\n", "diskstats": DISKSTATS}
    net = {"net": NET_DEV} | changed
    (root / "1" / "net").mkdir(parents=True)
    for name, text in (good | net).items():
        if text is not None:
            (root / ("1/net/dev" if name == "net" else name)).write_text(text)
    return Procfs(root)


def test_everything_is_read(tmp_path: Path):
    samples, unread = procfs(tmp_path).read()
    assert unread == []
    assert len({(sample.name, *sample.labels.values()) for sample in samples}) == len(samples)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("stat", None),
        ("stat", "cpu0 1 2 three\n"),
        ("stat", "ctxt\n"),
        ("meminfo", "MemTotal: many kB\n"),
        ("meminfo", "MemTotal\n"),
        ("diskstats", "8 0\n"),
        ("net", f"{NET_DEV}eth1: 1 2 3\n"),
        ("loadavg", "high\n"),
    ],
)
def test_a_file_that_is_not_as_expected_is_left_out_and_named(
    tmp_path: Path, file: str, text: str | None
):
    """Whole: half of a file is no figure. The other files are read all the same."""
    samples, [(name, reason)] = procfs(tmp_path, **{file: text}).read()
    assert name == ("1/net/dev" if file == "net" else file)
    assert reason
    assert samples


def test_without_procfs_there_are_no_figures(tmp_path: Path):
    """macOS."""
    samples, unread = Procfs(tmp_path / "nowhere").read()
    assert samples == []
    assert len(unread) == 5
