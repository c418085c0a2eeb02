"""
What a line costs on its way through the agent, stage by stage: framed, interpreted, packed.

CPU time over the chunks of a file, with nothing around it: what reading, compressing, sending and
the checkpoint add is in the benchmark of the whole agent. Beside it, what the lines cost when each
is interpreted alone, as a line that is like no other is, and when a policy requires two IDs: that
all have, as canonical ones here do, or that are missed in each and reported.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from agent.follower import CHUNK_BYTES
from agent.framing import cri, docker
from agent.framing.formats import Frame
from agent.framing.framed import FramedLines
from agent.framing.joining import Position
from bench import inputs
from bench.results import Figure, median
from clew.policies import read_policy
from clew.schema.columns.lines import interpret_all
from clew.schema.interpreting import interpret
from clew.schema.line import Lines
from clew.wire.batch import pack
from tests.support import trainticket

LINES = 50_000
ROUNDS = 7
INPUTS: dict[str, tuple[Frame, Callable[..., Path], Callable[[int], inputs.Timed]]] = {
    "canonical, CRI": (cri.frame, inputs.write_cri, inputs.canonical_lines),
    "JSON of logstash, CRI": (cri.frame, inputs.write_cri, inputs.logstash_lines),
    "JSON of pino, CRI": (cri.frame, inputs.write_cri, inputs.pino_lines),
    "JSON of all libraries in turn, CRI": (
        cri.frame,
        inputs.write_cri,
        partial(inputs.library_lines, objects=True),
    ),
    "text of all libraries in turn, CRI": (
        cri.frame,
        inputs.write_cri,
        partial(inputs.library_lines, objects=False),
    ),
    "text, CRI": (cri.frame, inputs.write_cri, inputs.plain_lines),
    "text with IDs, json-file": (docker.frame, inputs.write_docker, inputs.spring_lines),
}
REQUIRE_IDS = """
name: bench
rules: [{schema: {mode: report, require: [trace.id, transaction.id]}}]
"""
LARGEST_FILES = 3
"""Of the train-ticket data: two thirds of its lines."""


def run() -> list[Figure]:
    figures = []
    for name, (frame, write, lines) in INPUTS.items():
        with tempfile.TemporaryDirectory() as folder:
            (file,) = write(Path(folder), lines(LINES)).rglob("*.log")
            figures += _figures(name, frame, file.read_bytes())
    if trainticket.find_archive():
        with tempfile.TemporaryDirectory() as folder:
            trainticket.unpack(Path(folder))
            files = sorted(Path(folder).rglob("*.log"), key=lambda file: file.stat().st_size)
            content = b"".join(file.read_bytes() for file in files[-LARGEST_FILES:])
        figures += _figures("train-ticket, json-file", docker.frame, content)
    else:
        print("lines, train-ticket: not measured, the data is not here (CLEW_TRAINTICKET)")
    return figures


def _figures(name: str, frame: Frame, content: bytes) -> list[Figure]:
    count = content.count(b"\n")
    rounds = [_round(frame, content) for _ in range(ROUNDS)]
    return [
        median(f"{name}: {stage}", "ns/line", [took[stage] * 1e9 / count for took in rounds])
        for stage in rounds[0]
    ]


def _round(frame: Frame, content: bytes) -> dict[str, float]:
    """CPU seconds of each stage. What was made of a chunk is gone before the next."""
    stages = ("framed", "interpreted", "packed", "IDs required", "interpreted one by one")
    took = dict.fromkeys(stages, 0.0)
    for chunk in _chunks(content):
        began = time.process_time()
        framed = frame(chunk, Position())
        after_framing = time.process_time()
        lines = interpret_all(framed.contents, framed.odd)
        after_interpreting = time.process_time()
        _pack(framed, lines)
        del framed, lines
        took["packed"] += time.process_time() - after_interpreting
        took["interpreted"] += after_interpreting - after_framing
        took["framed"] += after_framing - began
    enforcer = read_policy(REQUIRE_IDS.encode()).enforcer("shop", "order")
    for chunk in _chunks(content):
        framed = frame(chunk, Position())
        began = time.process_time()
        lines = interpret_all(framed.contents, framed.odd, enforcer)
        took["IDs required"] += time.process_time() - began
        del framed, lines
    # On its own: it would leave nothing of the stages in the processor's caches.
    for chunk in _chunks(content):
        contents = frame(chunk, Position()).contents
        began = time.process_time()
        list(map(interpret, contents))
        took["interpreted one by one"] += time.process_time() - began
    return took


def _pack(framed: FramedLines, lines: Lines) -> tuple[object, ...]:
    """What stands in a part, as `agent.packing` puts it there."""
    singles = (lines.severities, lines.flags, lines.dialects, framed.outputs)
    records = b"\n".join([*lines.jsons, b""])
    return pack("Q", framed.offsets), pack("q", framed.times), *map(bytes, singles), records


def _chunks(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        end = content.rfind(b"\n", start, start + CHUNK_BYTES) + 1
        yield content[start:end]
        start = end
