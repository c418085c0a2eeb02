"""Columns of lines as the ladder sees them, and ladders to lead them over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agent.framing.joining import Position
from agent.ranges import Range
from agent.shedding.config import SheddingConfig
from agent.shedding.ladder import Backlog, Ladder
from agent.shedding.spans import ShedSpan
from agent.sources.log_file import LogFile
from clew.schema.line import Flag
from clew.wire.batch import Container
from tests.support.set_clock import SetClock

EMPTY = Backlog(0, 0.0, 0.0)
FULL = Backlog(2**40, 1e6, 1.0)

TRACE, DEBUG, INFO, WARN, ERROR, UNKNOWN = 1, 5, 9, 13, 17, 0


class Told(NamedTuple):
    """One line."""

    severity: int = INFO
    transaction: str = ""
    trace: str = ""
    json: bytes = b"{}"
    quarantined: bool = False


@dataclass
class Chunk:
    """The columns of some lines."""

    jsons: list[bytes] = field(default_factory=list)
    severities: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)


def chunk(lines: Sequence[Told]) -> Chunk:
    return Chunk(
        [line.json for line in lines],
        [line.severity for line in lines],
        [int(Flag.QUARANTINED) if line.quarantined else 0 for line in lines],
        [line.transaction for line in lines],
        [line.trace for line in lines],
    )


def ladder(*rungs: dict[str, Any], **settings: Any) -> Ladder:
    return Ladder.build(SheddingConfig.model_validate({"ladder": rungs, **settings}), SetClock())


def range_without(spans: Sequence[ShedSpan], lines: int | None = None) -> Range:
    """A range of a file, of which so much is left out; of nothing else, unless `lines` says so."""
    file = LogFile("/0.log", Container("shop", "a", "u", "a", 0, "node-a", "a"), compressed=False)
    shed = sum(span.lines for span in spans)
    count = shed if lines is None else lines
    return Range("g", file, 0, Position(10), count, 0, count - shed, list(spans))
