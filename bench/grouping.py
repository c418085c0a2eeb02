"""
What it costs a line to be looked at for stack traces and for objects over several lines: next to
nothing where it is JSON, little in text.

CPU time of the grouping of lines alone, in chunks as a follower reads them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import msgspec

from agent.framing.framed import FramedLines
from agent.framing.groups import group
from agent.framing.open_group import OpenGroups
from bench.inputs import canonical_lines, spring_lines
from bench.results import Figure, median

LINES = 100_000
CHUNK_LINES = 2500
ROUNDS = 5
_TRACE = (
    b"java.lang.IllegalStateException: cannot reserve",
    *(b"\tat shop.stock.Shelf.take%d(Shelf.java:%d)" % (depth, depth) for depth in range(6)),
    b"Caused by: java.io.IOException: no beans",
    b"\tat shop.stock.Store.open(Store.java:12)",
    b"\t... 6 more",
)


def run() -> list[Figure]:
    return [
        _figure("canonical lines", canonical_lines(LINES), outputs=1),
        _figure("canonical lines on both streams", canonical_lines(LINES), outputs=2),
        _figure("text with IDs", spring_lines(LINES), outputs=1),
        _figure("text with IDs on both streams", spring_lines(LINES), outputs=2),
        _figure("text, 1 % with a trace of 10 lines", _with_traces(100), outputs=1),
        _figure("text, all with a trace of 10 lines", _with_traces(1), outputs=1),
        _figure("canonical lines, indented over several", _indented(), outputs=1),
    ]


def _indented() -> Iterator[tuple[int, bytes]]:
    for moment, content in canonical_lines(LINES // 10):
        indented = msgspec.json.format(content, indent=4)
        yield from ((moment, line) for line in indented.split(b"\n"))


def _with_traces(every: int) -> Iterator[tuple[int, bytes]]:
    for number, (moment, content) in enumerate(spring_lines(LINES * every // (every + 10))):
        if number % every:
            yield moment, content
        else:
            yield moment, content.replace(b"INFO", b"ERROR")
            yield from ((moment, line) for line in _TRACE)


def _figure(name: str, lines: Iterable[tuple[int, bytes]], *, outputs: int) -> Figure:
    times, contents = map(list, zip(*lines, strict=True))
    rounds = [_group(times, contents, outputs) for _ in range(ROUNDS)]
    return median(f"grouping, {name}", "ns/line", [1e9 * each / len(contents) for each in rounds])


def _group(times: list[int], contents: list[bytes], outputs: int) -> float:
    """CPU seconds to group lines that come from so many streams by turns."""
    chunks = [
        FramedLines(
            list(range(start, start + len(contents[start : start + CHUNK_LINES]))),
            times[start : start + CHUNK_LINES],
            [place % outputs for place in range(len(contents[start : start + CHUNK_LINES]))],
            contents[start : start + CHUNK_LINES],
        )
        for start in range(0, len(contents), CHUNK_LINES)
    ]
    open_groups: OpenGroups = {}
    began = time.process_time()
    for chunk in chunks:
        group(chunk, open_groups)
    return time.process_time() - began
