"""What the embedded series store takes and gives: a node's scrapes in, one metric out."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.inputs import START
from bench.results import Figure, median
from clew.promql.matchers import NAME, equal
from clew.runtime.clock import Deadline
from clew.schema.sample import Labels, Sample, Scrape, pack_samples
from clew.schema.timestamps import SECOND
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import Outcome, Selection

INTERVAL_SECONDS = 15
HOUR, DAY = 3_600 // INTERVAL_SECONDS, 86_400 // INTERVAL_SECONDS
NODES = 10
BATCH = 20
ROUNDS = 3
LOOKUPS = 20

_MODES = ("idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user")
_COUNTERS = (
    ("node_cpu_seconds_total", [{"cpu": str(n), "mode": m} for n in range(8) for m in _MODES]),
    *((f"node_disk_{n}_total", [{"device": d} for d in ("sda", "sdb")]) for n in range(11)),
    *((f"node_network_{n}_total", [{"device": d} for d in ("lo", "eth0")]) for n in range(16)),
)


def run() -> list[Figure]:
    return asyncio.run(_run())


async def _run() -> list[Figure]:
    rates, sizes = [], []
    took: dict[tuple[str, int], list[float]] = {}
    batches = list(_batches())
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            store = await EmbeddedSeriesStore.open(Path(folder), writable=True)
            rates.append(await _write(store, batches))
            for metric in ("node_load1", "node_cpu_seconds_total"):
                for scrapes in (HOUR, DAY):
                    one = await _select(store, metric, scrapes)
                    took.setdefault((metric, scrapes), []).append(one)
            await store.close()
            sizes.append(_bytes(Path(folder)) / (NODES * DAY))
    first = batches[0][0].packed
    return [
        median(f"embedded series store, batches of {BATCH} scrapes", "scrapes/s", rates),
        *(
            median(f"{metric}, one node, {_span(scrapes)}", "ms", values)
            for (metric, scrapes), values in took.items()
        ),
        median("on the disk, a scrape", "bytes", sizes),
        median("packed, a scrape", "bytes", [float(len(first))]),
    ]


def _span(scrapes: int) -> str:
    return "an hour" if scrapes == HOUR else "a day"


def _batches() -> Iterator[list[Scrape]]:
    """A day of some nodes at 15 s, each batch of one node, the nodes in turn."""
    nodes = [_node(f"node-{number}") for number in range(NODES)]
    for _ in range(0, DAY, BATCH):
        for node in nodes:
            yield [next(node) for _ in range(BATCH)]


def _node(name: str) -> Iterator[Scrape]:
    """What a node of eight cores says, about 170 series: counters that grow, memory that moves."""
    chance = random.Random(name)
    target = {"job": "node", "instance": name, "node": name}
    series: list[tuple[str, Labels]] = [
        (metric, labels) for metric, all_labels in _COUNTERS for labels in all_labels
    ]
    counters = [chance.randrange(10**9) / 100 for _ in series]
    for number in range(DAY):
        samples = [Sample(*each, value) for each, value in zip(series, counters, strict=True)]
        samples += [
            Sample(f"node_memory_{n}_bytes", {}, chance.randrange(2**22) * 4096.0)
            for n in range(45)
        ]
        samples += [Sample(f"node_load{n}", {}, chance.randrange(800) / 100) for n in (1, 5, 15)]
        yield Scrape(target, START + number * INTERVAL_SECONDS * SECOND, pack_samples(samples))
        counters = [round(value + chance.random() * INTERVAL_SECONDS, 2) for value in counters]


async def _write(store: EmbeddedSeriesStore, batches: list[list[Scrape]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        results = await store.write(batch, Deadline.after(60))
        if any(result.outcome is not Outcome.CREATED for result in results):
            raise RuntimeError("a scrape was not stored")
    return NODES * DAY / (time.perf_counter() - began)


async def _select(store: EmbeddedSeriesStore, metric: str, scrapes: int) -> float:
    """Milliseconds for one metric of one node over its last scrapes, the median of many."""
    took = []
    until = START + (DAY - 1) * INTERVAL_SECONDS * SECOND
    since = until - (scrapes - 1) * INTERVAL_SECONDS * SECOND
    for number in range(LOOKUPS):
        matchers = (equal(NAME, metric), equal("node", f"node-{number % NODES}"))
        began = time.perf_counter()
        found = await store.select(Selection(Deadline.after(60), since, until, matchers))
        took.append((time.perf_counter() - began) * 1000)
        if not found or any(len(series.times) != scrapes for series in found):
            raise RuntimeError(f"{metric} is not all there")
    return sorted(took)[len(took) // 2]


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("series.sqlite*"))
