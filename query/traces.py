"""The traces of a hub, to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from clew.schema.fields import TIMESTAMP, TRACE
from clew.transaction.failure import is_failure
from clew.transaction.model import Line, Transaction
from clew.transaction.steps import service_of
from clew.transaction.texts import said


@dataclass(frozen=True, slots=True)
class Trace:
    """Counts and services are of the lines that have the hub's ID, not of the whole trace."""

    id: str
    start: str
    services: list[str]
    lines: int
    errors: int
    said: str


def traces(transaction: Transaction) -> list[Trace]:
    """In the order of their first lines."""
    lines: dict[str, list[Line]] = {trace: [] for trace in transaction.choice}
    for line in transaction.lines:
        if line.source.get(TRACE) in lines:
            lines[line.source[TRACE]].append(line)
    return sorted(
        (_trace(trace, own) for trace, own in lines.items() if own), key=lambda each: each.start
    )


def _trace(trace: str, lines: list[Line]) -> Trace:
    first = lines[0].source
    return Trace(
        id=trace,
        start=first[TIMESTAMP],
        services=list(dict.fromkeys(service_of(line.source) for line in lines)),
        lines=len(lines),
        errors=sum(is_failure(line.source) for line in lines),
        said=said(first),
    )
