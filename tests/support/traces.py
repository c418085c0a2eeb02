"""Stack traces that real languages printed, and what becomes of them."""

from __future__ import annotations

import json
from typing import Any

from agent.framing.framed import FramedLines, Oddity
from agent.framing.groups import group
from agent.framing.joining import STDERR
from clew.schema.interpreting import interpret
from tests.support.components import ROOT
from tests.support.log_files import START

FOLDER = ROOT / "tests" / "golden" / "traces"
CASES = sorted(path for path in FOLDER.glob("*/*") if path.suffix in {".java", ".py", ".js", ".go"})
"""The programs."""

OUTPUTS = sorted(FOLDER.glob("*/*.output"))
MICROSECOND = 1000


def lines_of(printed: bytes, output: int = STDERR, first: int = 0) -> FramedLines:
    """What a program printed on one stream, a microsecond and a hundred bytes a line."""
    contents = printed.removesuffix(b"\n").split(b"\n")
    numbers = range(first, first + len(contents))
    return FramedLines(
        [100 * number for number in numbers],
        [START + MICROSECOND * number for number in numbers],
        [output] * len(contents),
        contents,
    )


def joined(lines: FramedLines) -> list[tuple[bytes, int]]:
    """Each line that becomes of these in one chunk, and how many it took."""
    open_groups: dict[int, Any] = {}
    results = [group(lines, open_groups), group(FramedLines(), open_groups, close=True)]
    return [
        (content, result.odd.get(place, Oddity()).pieces)
        for result in results
        for place, content in enumerate(result.contents)
    ]


def outcome(printed: bytes) -> list[dict[str, Any]]:
    """The records of what was printed, each with the number of its lines and without its trace."""
    records = []
    for content, pieces in joined(lines_of(printed)):
        record = json.loads(interpret(content).json)
        trace = record.pop("error.stack_trace", None)
        records.append({"lines": pieces, "traced": trace is not None, **record})
    return records
