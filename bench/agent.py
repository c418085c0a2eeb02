"""
What a line costs the agent: reading, framing, checking, packing, compressing, the checkpoint.

CPU time of the whole process; the collector's part is an answer made up on the spot.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.sweep import Sweeper, SweepLimits
from agent.tree import Tree
from bench.inputs import canonical_lines, spring_lines, write_cri, write_docker
from bench.results import Figure, median
from clew.runtime.clock import SYSTEM_CLOCK
from clew.wire.batch import Answer, PartAnswer

LINES = 150_000
ROUNDS = 5
Lines = Iterator[tuple[int, bytes]]


def run() -> list[Figure]:
    inputs: dict[str, tuple[Callable[[Path, Lines], Path], Callable[[int], Lines]]] = {
        "canonical lines, CRI": (write_cri, canonical_lines),
        "plain text with IDs, docker json-file": (write_docker, spring_lines),
    }
    figures = []
    for name, (write, lines) in inputs.items():
        with tempfile.TemporaryDirectory() as folder:
            tree = write(Path(folder, "pods"), lines(LINES))
            size = sum(file.stat().st_size for file in tree.rglob("*.log"))
            seconds = [_follow(tree, Path(folder, f"data{n}")) for n in range(ROUNDS)]
        megabytes = [size / 1e6 / s for s in seconds]
        figures.append(median(f"agent, {name}", "MB/CPU-s", megabytes))
        figures.append(median(f"agent, {name}", "lines/CPU-s", [LINES / s for s in seconds]))
    return figures


def _follow(tree: Path, data: Path) -> float:
    """CPU seconds to follow a tree to its end."""
    data.mkdir()
    limits = SweepLimits(4 * 1024 * 1024, 5.0, 30.0)
    sweeper = Sweeper(Tree([tree], "bench"), data, "bench", limits, SYSTEM_CLOCK)
    began = time.process_time()
    sweeper.look()
    while (outgoing := sweeper.collect(close_at_once=True)) is not None:
        stored = [
            PartAnswer(reading.after.offset, indexed=len(reading.lines))
            for reading in outgoing.readings
        ]
        sweeper.settle(outgoing, Answer(stored))
    seconds = time.process_time() - began
    if sweeper.ledger.lines_read != LINES:
        raise RuntimeError(f"read {sweeper.ledger.lines_read} of {LINES} lines")
    return seconds
