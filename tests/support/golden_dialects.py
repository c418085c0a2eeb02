"""What becomes of the output of a golden case: joined as an agent does it, and interpreted."""

from __future__ import annotations

import json
from typing import Any

from clew.schema.interpreting import interpret
from clew.schema.line import DIALECTS, Flag, Line
from tests.support.traces import joined, lines_of


def records_of(printed: bytes) -> list[dict[str, Any]]:
    """The records of what a program printed, each with its dialect and severity."""
    found: list[dict[str, Any]] = []
    for content, _ in joined(lines_of(printed)):
        found += _of_line(interpret(content))
    return found


def _of_line(line: Line) -> list[dict[str, Any]]:
    return [
        {
            "dialect": DIALECTS[line.dialect],
            "severity": each.severity,
            "record": json.loads(each.json),
        }
        for each in ([line] if not line.flags & Flag.MANY else line.members())
    ]


def encode(records: list[dict[str, Any]]) -> bytes:
    """As the golden file has them: a line each, its keys in order."""
    lines = (json.dumps(each, ensure_ascii=False, sort_keys=True) for each in records)
    return "".join(f"{line}\n" for line in lines).encode()


def decode(expected: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in expected.splitlines()]
