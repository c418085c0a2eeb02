"""
What following costs while lines come in, or do not: percent of a core, memory, and how late a line
is stored.

A line under load carries the time at which it was written; the sink notes when it has acknowledged
it. Both read the clock of this machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.agents.contenders import Contender, Place
from bench.agents.measured import Measured, measured_cpu, our_cpu, pause
from bench.agents.sinking import SinkProcess
from bench.agents.trees import Dialect, Format, pod_folder
from bench.inputs import cri_line
from bench.results import Figure, median
from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import format_rfc3339

LINE_BYTES = 400
CONTAINERS = 10
TICK_SECONDS = 0.01
SETTLING_SECONDS = 3.0
"""After the first lines have arrived: start-up is measured by itself."""
RESTING_SECONDS = 15.0
"""What was written a moment ago is looked at more often; an idle container is past that."""
SAMPLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much, and for how long."""

    seconds: float = 30.0
    lines_per_second: int = 10_000
    idle_containers: int = 300
    started_files: int = 1_000
    rounds: int = 3


def measure(contender: Contender, sizes: Sizes) -> list[Figure]:
    return [
        *_under_load(contender, sizes),
        *_idle(contender, sizes),
        *_start_up(contender, sizes.started_files, sizes.rounds),
    ]


def _under_load(contender: Contender, sizes: Sizes) -> list[Figure]:
    name = f"{sizes.lines_per_second:,} lines/s, {contender.name}"
    with _following(contender, CONTAINERS, lines_each=1) as (process, sink, files):
        with _writing(files, sizes) as written:
            percent, resident = _watch(process, sizes.seconds)
        process.wait_until(lambda: sink.has(CONTAINERS + written()), "all lines are stored")
        counts = sink.counts()
    return [
        median(f"{name}: CPU", "% core", [percent]),
        median(f"{name}: resident", "MiB", resident),
        median(f"{name}: memory grows", "KiB/min", [_growth(resident) * 60 * 1024]),
        median(f"{name}: stored after, p50", "ms", [counts["p50_seconds"] * 1000]),
        median(f"{name}: stored after, p99", "ms", [counts["p99_seconds"] * 1000]),
        median(f"{name}: requests", "/s", [counts["requests"] / sizes.seconds]),
    ]


def _idle(contender: Contender, sizes: Sizes) -> list[Figure]:
    name = f"{sizes.idle_containers} idle containers, {contender.name}"
    containers = sizes.idle_containers
    resting = _following(contender, containers, lines_each=10, settling_seconds=RESTING_SECONDS)
    with resting as (process, _, _):
        percent, resident = _watch(process, sizes.seconds)
    return [
        median(f"{name}: CPU", "% core", [percent]),
        median(f"{name}: resident", "MiB", resident),
    ]


def _start_up(contender: Contender, files: int, rounds: int) -> list[Figure]:
    """Until the first line of each file is acknowledged."""
    cpu, wall = [], []
    for _ in range(rounds):
        with _following(contender, files, lines_each=1, settling_seconds=0) as (process, _, _):
            cpu.append(process.cpu_seconds())
            wall.append(process.wall_seconds())
    name = f"start with {files:,} files, {contender.name}"
    return [median(name, "CPU-s", cpu), median(name, "wall-s", wall)]


@contextmanager
def _following(
    contender: Contender,
    containers: int,
    *,
    lines_each: int,
    settling_seconds: float = SETTLING_SECONDS,
) -> Iterator[tuple[Measured, SinkProcess, list[Path]]]:
    """A contender that has stored all there is in the files of so many containers."""
    work = Path(tempfile.mkdtemp(prefix="clew-bench-"))
    tree = work / "pods"
    files = [pod_folder(tree, "shop", number) / "0.log" for number in range(containers)]
    for file in files:
        file.write_bytes(_line(0) * lines_each)
    place = Place(tree, Format.CRI, Dialect.CANONICAL, work)
    lines = containers * lines_each
    try:
        with SinkProcess() as sink, contender.start(place, sink, once=False) as process:
            process.wait_until(lambda: sink.has(lines), "what is there is stored")
            pause(settling_seconds)
            yield process, sink, files
    finally:
        shutil.rmtree(work)


def _watch(process: Measured, seconds: float) -> tuple[float, list[float]]:
    """Percent of a core over so many seconds, and the resident memory each second, in MiB."""
    cpu, wall, resident = process.cpu_seconds(), process.wall_seconds(), []
    while process.wall_seconds() - wall < seconds:
        pause(min(SAMPLE_SECONDS, seconds))
        resident.append(process.resident_mib())
    return (process.cpu_seconds() - cpu) / (process.wall_seconds() - wall) * 100, resident


@contextmanager
def _writing(files: list[Path], sizes: Sizes) -> Iterator[Callable[[], int]]:
    """Lines into all files at an even pace while the block runs; how many were written."""
    stop, written = threading.Event(), [0]
    opened = [file.open("ab", buffering=0) for file in files]

    def write() -> None:
        os.sched_setaffinity(0, {our_cpu()} if our_cpu() != measured_cpu() else {measured_cpu()})
        began = SYSTEM_CLOCK.monotonic()
        while not stop.wait(TICK_SECONDS):
            due = int((SYSTEM_CLOCK.monotonic() - began) * sizes.lines_per_second)
            share, rest = divmod(due - written[0], len(opened))
            line = _line(SYSTEM_CLOCK.now())
            for number, file in enumerate(opened):
                file.write(line * (share + (number < rest)))
            written[0] = due

    thread = threading.Thread(target=write, name="writer")
    thread.start()
    try:
        yield lambda: written[0]
    finally:
        stop.set()
        thread.join()
        for file in opened:
            file.close()


def _line(now: int) -> bytes:
    """A canonical line that says when it was written; with 0, one without that."""
    written = f',"labels":{{"written":"{now}"}}' if now else ""
    head = (
        f'{{"@timestamp":"{format_rfc3339(now)}","log.level":"info","ecs.version":"8.11.0",'
        f'"service.name":"shop","trace.id":"{now or 1:032x}"{written},"message":"'
    )
    rest = LINE_BYTES - len(cri_line(now, head.encode())) - len('"}')
    return cri_line(now, f'{head}{"order accepted " * 20:.{rest}}"}}'.encode())


def _growth(resident: list[float]) -> float:
    """A second, by the line of least squares through the later half: buffers fill in the first."""
    values = resident[len(resident) // 2 :]
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((place - middle) ** 2 for place in range(len(values)))
    together = sum((place - middle) * (value - mean) for place, value in enumerate(values))
    return together / spread / SAMPLE_SECONDS if spread else 0.0
