"""Samples of nodes as an agent takes them: of a CPU, memory, load, a disk and network cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from math import sin

from clew.runtime.clock import Deadline
from clew.schema.sample import Labels, Sample, Scrape, pack_samples
from clew.schema.timestamps import SECOND
from tests.support.memory_series_store import MemorySeriesStore

EVERY = 15 * SECOND
CPUS = 2
MEMORY = 8 * 1024**3


def target(node: str, **labels: str) -> Labels:
    return {"job": "node", "instance": node, "node": node, **labels}


def scrapes(
    node: str, times: Iterable[int], *, busy: float | None = None, **labels: str
) -> Iterator[Scrape]:
    """
    A node of two CPUs, scraped at these times; its counters grow with the clock.

    `busy` is the share of its CPUs that is busy; None: it goes up and down within ten minutes.
    """
    spent = dict.fromkeys(("user", "iowait", "idle"), 1000.0)
    moved, before = 5e9, None
    for time in times:
        seconds = 0.0 if before is None else (time - before) / SECOND
        share = 0.4 + 0.35 * sin(time / SECOND / 95) if busy is None else busy
        for mode, part in (("user", share), ("iowait", 0.02), ("idle", 0.98 - share)):
            spent[mode] += seconds * part
        moved += seconds * 1e6 * share
        before = time
        samples = _samples(spent, moved, share)
        yield Scrape(target(node, **labels), time, pack_samples(samples))


def series_with(*scrapes: Iterable[Scrape]) -> MemorySeriesStore:
    store = MemorySeriesStore()
    for each in scrapes:
        # Without asyncio.run, which is not possible beside Playwright: this store never waits.
        with suppress(StopIteration):
            store.write(list(each), Deadline.after(60)).send(None)
    return store


def _samples(spent: dict[str, float], moved: float, share: float) -> Iterator[Sample]:
    for cpu in range(CPUS):
        for mode, seconds in spent.items():
            yield Sample("node_cpu_seconds_total", {"cpu": str(cpu), "mode": mode}, seconds)
    yield Sample("node_memory_MemTotal_bytes", {}, float(MEMORY))
    yield Sample("node_memory_MemAvailable_bytes", {}, MEMORY * (0.5 - share / 4))
    for minutes, weight in ((1, 1.0), (5, 0.9), (15, 0.8)):
        yield Sample(f"node_load{minutes}", {}, CPUS * share * weight)
    yield Sample("node_boot_time_seconds", {}, 1.67e9)
    for device, part in (("sda", 1.0), ("dm-0", 1.0)):
        yield Sample("node_disk_read_bytes_total", {"device": device}, moved * part / 4)
        yield Sample("node_disk_written_bytes_total", {"device": device}, moved * part)
    for device, part in (("lo", 9.0), ("eth0", 1.0)):
        yield Sample("node_network_receive_bytes_total", {"device": device}, moved * part)
        yield Sample("node_network_transmit_bytes_total", {"device": device}, moved * part / 3)
