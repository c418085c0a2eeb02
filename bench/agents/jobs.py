"""
What it costs to read everything once: from files to acknowledged batches, whole processes.

Contenders take turns, A B A B, since a machine is now fast and now slow; a ratio is made of the
two runs of one round. Files are in the page cache.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.agents.contenders import Clew, Contender, Place
from bench.agents.measured import Usage
from bench.agents.sinking import SinkProcess
from bench.agents.trees import LogTree, alias_tree, canonical_tree, trainticket_tree, warm
from bench.results import Figure, median

RUN_SECONDS = 600.0

# Fluent Bit redacts nothing, so clew is measured without it too where nothing else is said.
_PLAIN = Clew(settings={"redaction": {"enabled": False}})
_REDACTING = Clew(settings={"redaction": {"enabled": True}})


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    tree: LogTree
    goal: float
    """At most this part of Fluent Bit's CPU time."""
    clew: Clew


def jobs(lines: int, copies: int) -> list[Job]:
    """Those that can be measured here; of the others it is said why not."""
    canonical, ticket = canonical_tree(lines), trainticket_tree(copies)
    found = [
        Job("canonical CRI lines", canonical, 0.25, _PLAIN),
        Job("canonical CRI lines, redacted", canonical, 0.4, _REDACTING),
    ]
    if ticket is None:
        print("train-ticket: not measured, the data is not here (CLEW_TRAINTICKET)")
    else:
        found.append(Job("train-ticket, docker JSON", ticket, 0.5, _PLAIN))
    return [*found, Job("JSON of other loggers", alias_tree(lines), 0.6, _PLAIN)]


def measure(job: Job, other: Contender | None, rounds: int) -> list[Figure]:
    """The figures of a job, and their ratios where there is another contender."""
    warm(job.tree.folder)
    contenders = [job.clew, other] if other is not None else [job.clew]
    usages: dict[str, list[Usage]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            usages[contender.name].append(run_once(contender, job.tree))
    figures = [
        figure
        for contender in contenders
        for figure in _figures(f"{job.name}, {contender.name}", job.tree, usages[contender.name])
    ]
    if other is not None:
        pairs = list(zip(usages[job.clew.name], usages[other.name], strict=True))
        name = f"{job.name}, clew / {other.name}"
        cpu = [ours.cpu_seconds / theirs.cpu_seconds for ours, theirs in pairs]
        figures.append(median(f"{name}, goal {job.goal}", "x CPU", cpu))
        memory = [ours.peak_mib / theirs.peak_mib for ours, theirs in pairs]
        figures.append(median(name, "x peak memory", memory))
    return figures


def run_once(contender: Contender, tree: LogTree) -> Usage:
    """One run from the first byte to the last acknowledged; raises RuntimeError otherwise."""
    work = Path(tempfile.mkdtemp(prefix="clew-bench-"))
    place = Place(tree.folder, tree.format, tree.dialect, work)
    try:
        with SinkProcess() as sink, contender.start(place, sink, once=True) as process:
            ended = _everything_in(sink, tree) if not contender.ends_by_itself else None
            usage = process.wait(RUN_SECONDS, ended)
            counted = sink.counts()["lines"]
    finally:
        shutil.rmtree(work)
    if usage.exit_code != 0 or counted < tree.lines:
        raise RuntimeError(f"{contender.name} ended {usage.exit_code} with {counted:,} lines")
    return usage


def _everything_in(sink: SinkProcess, tree: LogTree) -> Callable[[], bool]:
    return lambda: sink.has(tree.lines)


def _figures(name: str, tree: LogTree, usages: list[Usage]) -> list[Figure]:
    return [
        median(name, "CPU-s", [usage.cpu_seconds for usage in usages]),
        median(name, "wall-s", [usage.wall_seconds for usage in usages]),
        median(name, "MiB peak", [usage.peak_mib for usage in usages]),
        median(name, "MB/CPU-s", [tree.size_bytes / 1e6 / u.cpu_seconds for u in usages]),
    ]
