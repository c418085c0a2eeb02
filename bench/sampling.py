"""
What a round of samples costs the agent: the node's figures, a target's text, and the spool.

CPU time of the whole process. The text is of 500 series, as node_exporter or a small service has.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.metrics.exposition import parse_exposition
from agent.metrics.procfs import Procfs
from agent.spool.spool import Spool
from bench.results import Figure, median
from clew.schema.sample import Scrape, pack_samples

ROUNDS = 200
SERIES = 500
TARGET = {"job": "bench", "instance": "127.0.0.1:9100", "node": "bench"}
NODE = {"job": "node", "instance": "bench", "node": "bench"}


def run() -> list[Figure]:
    procfs = Procfs(Path("/proc"))
    figures, _ = procfs.read()
    text = _text()

    def target() -> bytes:
        return pack_samples(parse_exposition(text, TARGET, SERIES, lambda: False))

    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder), 64 * 1024 * 1024, lambda *_: None)

        def append() -> None:
            spool.append(1, msgspec.msgpack.encode(Scrape(NODE, 0, pack_samples(figures))))

        results = [
            _cpu(f"a node's {len(figures)} figures: read, packed", lambda: _node(procfs)),
            _cpu(f"a target's {SERIES} series: parsed, packed", target),
            _cpu("a scrape packed and put into the spool", append),
        ]
        spool.close()
    sizes = {"the node's figures": _node(procfs), f"a target's {SERIES} series": target()}
    for name, packed in sizes.items():
        results.append(median(f"{name}, packed", "bytes", [len(packed)]))
    return results


def _node(procfs: Procfs) -> bytes:
    samples, _ = procfs.read()
    return pack_samples(samples)


def _cpu(name: str, work: Callable[[], object]) -> Figure:
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return median(name, "CPU-ms", took)


def _text() -> bytes:
    lines = ["# HELP http_requests_total Requests.", "# TYPE http_requests_total counter"]
    for number in range(SERIES):
        labels = f'method="GET",path="/orders/{number}",code="{200 + number % 5}"'
        lines.append(f"http_requests_total{{{labels}}} {number * 1000 + 17}")
    return "\n".join(lines).encode() + b"\n"
