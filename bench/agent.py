"""
What a line costs the agent: reading, framing, checking, packing, compressing, the checkpoint.

CPU time of the whole process; the collector's part is an answer made up on the spot.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from bench.inputs import canonical_lines, spring_lines, write_cri, write_docker
from bench.results import Figure, median
from clew.runtime.clock import SYSTEM_CLOCK
from clew.wire.batch import Answer, PartAnswer
from tests.support import trainticket

LINES = 150_000
ROUNDS = 5


def run() -> list[Figure]:
    figures = _figures("invented canonical lines, CRI", _invented(write_cri, canonical_lines))
    figures += _figures("invented text with IDs, json-file", _invented(write_docker, spring_lines))
    if trainticket.find_archive():
        figures += _figures("train-ticket lines, json-file", trainticket.unpack)
    else:
        print("agent, train-ticket lines: not measured, the data is not here (CLEW_TRAINTICKET)")
    return figures


def _invented(
    write: Callable[[Path, Iterator[tuple[int, bytes]]], Path],
    lines: Callable[[int], Iterator[tuple[int, bytes]]],
) -> Callable[[Path], object]:
    return lambda folder: write(folder, lines(LINES))


def _figures(name: str, fill: Callable[[Path], object]) -> list[Figure]:
    """What the lines cost that `fill` writes to a folder."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "pods")
        fill(tree)
        size = sum(file.stat().st_size for file in tree.rglob("*.log"))
        rounds = [_follow(tree, Path(folder, f"data{n}")) for n in range(ROUNDS)]
    return [
        median(f"agent, {name}", "MB/CPU-s", [size / 1e6 / seconds for seconds, _ in rounds]),
        median(f"agent, {name}", "lines/CPU-s", [lines / seconds for seconds, lines in rounds]),
    ]


def _follow(tree: Path, data: Path) -> tuple[float, int]:
    """CPU seconds to follow a tree to its end, and how many lines that were."""
    data.mkdir()
    limits = SweepLimits(4 * 1024 * 1024, 5.0, 30.0)
    sweeper = Sweeper(Kubernetes([tree], "bench"), data, "bench", limits, SYSTEM_CLOCK)
    began = time.process_time()
    sweeper.look()
    while (outgoing := sweeper.collect(close_at_once=True)) is not None:
        stored = [PartAnswer(part.after.offset, indexed=part.records) for part in outgoing.ranges]
        sweeper.settle(outgoing, Answer(stored))
    seconds = time.process_time() - began
    if not sweeper.status()["balanced"]:
        raise RuntimeError(f"not everything was read: {sweeper.status()}")
    return seconds, sweeper.ledger.lines_read
