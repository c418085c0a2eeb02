"""Lines of any kind in any order, as framing gives them, and what becomes of them in groups."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st

from agent.framing.framed import FramedLines, Oddity
from agent.framing.groups import ANNOUNCED_SECONDS, GROUP_SECONDS
from agent.framing.joining import STDERR, STDOUT
from agent.framing.open_group import OpenGroup, OpenGroups
from clew.schema.line import Flag
from clew.schema.rejection import Reason, Rejection
from clew.schema.timestamps import SECOND
from tests.support.components import ROOT
from tests.support.log_files import START
from tests.support.traces import OUTPUTS, joined

GROUP = round(GROUP_SECONDS * SECOND)
ANNOUNCED = round(ANNOUNCED_SECONDS * SECOND)

Row = tuple[int, int, int, bytes, Oddity]
Written = tuple[int, int, bytes, Oddity | None]
"""How much later than the line before, output, content, what framing has to say about it."""

LIBRARIES = [
    ROOT / "tests" / "golden" / "dialects" / name / "output.log"
    for name in ("ecs-logback-array", "otel-console", "loguru-text", "spring")
]
"""Those that print objects, or traces with empty lines in them, over several lines."""

PRINTED = sorted(
    {line for path in [*OUTPUTS, *LIBRARIES] for line in path.read_bytes().split(b"\n")}
)
SPECIAL = [
    b"10:00:00 ERROR order A-17 failed", b"10:00:00 INFO next order",
    b"", b"\r", b"{}", b'{"message":"x"}', b"{", b"}", b"]);", b"text", b"  indented",
    b"Error: x", b"a.b.C: x", b"main.main", b"main.f(0x1, 0x2)", b"\t/app/x.go:5 +0x1d", b"^",
    b"Traceback (most recent call last):", b"ERROR Traceback (most recent call last):",
    b"goroutine 1 [running]:", b"panic: x", b"created by main.main", b"exit status 2",
    b"  + Exception Group Traceback (most recent call last):", b"  | x", b"Suppressed: x", b"... x",
    b"--- End of stack trace from previous location ---", b"/app/x.js:3", b"Node.js v20",
    b"KeyError", b" INFO  target: x", b"\xff\xfe", b"x" * 300, b'> File "x.py", line 1',
    b'{"a":[', b'{"a":{"b":1},', b'  "x",', b'\t"y"]}', b"]}", b'  {"c":2},', b'"z"', b"  ]",
]  # fmt: skip

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
objects = st.builds(
    lambda value, indent, ascii_only: (
        json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode().split(b"\n")
    ),
    st.dictionaries(st.text(max_size=5), _values, min_size=1, max_size=4),
    st.sampled_from([1, 2, 4, "\t"]),
    st.booleans(),
)
"""The lines of an object that is printed over several."""

_contents = st.sampled_from(PRINTED) | st.sampled_from(SPECIAL)
_oddities = st.sampled_from(
    [*[None] * 8, Oddity(3), Oddity(2, Flag.UNFINISHED), Oddity(1, 0, Rejection(Reason.TOO_LONG))]
)
_gaps = st.sampled_from([*[0] * 8, ANNOUNCED, ANNOUNCED + 1, GROUP, GROUP + 1, -GROUP])
_lines = st.tuples(_gaps, st.sampled_from([STDOUT, STDERR, STDERR]), _contents, _oddities)
_printed = st.sampled_from([*OUTPUTS, *LIBRARIES]).map(lambda path: path.read_bytes().split(b"\n"))
_runs = st.builds(
    lambda lines, start, count, output: [
        (0, output, line, None) for line in lines[start : start + count]
    ],
    _printed | objects,
    st.just(0) | st.integers(0, 30),
    st.integers(1, 40),
    st.sampled_from([STDOUT, STDERR]),
)
logs = st.lists(_lines.map(lambda line: [line]) | _runs, max_size=30).map(
    lambda runs: [line for run in runs for line in run]
)


def framed(written: list[Written]) -> FramedLines:
    lines, time = FramedLines(), START
    for number, (gap, output, content, oddity) in enumerate(written):
        time += gap
        lines.offsets.append(10 * number)
        lines.times.append(time)
        lines.outputs.append(output)
        lines.contents.append(content)
        if oddity is not None:
            lines.odd[number] = oddity
    return lines


def part(lines: FramedLines, start: int, end: int) -> FramedLines:
    odd = {place - start: odd for place, odd in lines.odd.items() if start <= place < end}
    columns = (lines.offsets, lines.times, lines.outputs, lines.contents)
    offsets, times, outputs, contents = (column[start:end] for column in columns)
    return FramedLines(offsets, times, outputs, contents, odd)  # type: ignore[arg-type]


def rows(lines: FramedLines) -> Iterator[Row]:
    columns = zip(lines.offsets, lines.times, lines.outputs, lines.contents, strict=True)
    for place, row in enumerate(columns):
        yield *row, lines.odd.get(place, Oddity())


def of_stream(lines: list[Row], output: int) -> list[Row]:
    return [line for line in lines if line[2] == output]


def through_a_checkpoint(open_groups: OpenGroups) -> OpenGroups:
    return msgspec.json.decode(msgspec.json.encode(open_groups), type=dict[int, OpenGroup])


def contents_of(*written: bytes, gap: int = 0) -> list[bytes]:
    """What becomes of lines of one stream that come one `gap` after the other."""
    lines = framed([(gap, STDERR, content, None) for content in written])
    return [content for content, _ in joined(lines)]
