"""Readings -> a batch. What the schema says of each line goes into the arrays beside it."""

from __future__ import annotations

from agent.follower import Reading
from clew.schema.columns.lines import interpret_all
from clew.wire.batch import Batch, Container, Part, pack

POLICY = "built-in-1"
"""There is one policy so far: the schema itself."""


def build_batch(readings: list[Reading], agent: str, deadline_seconds: float) -> Batch:
    """One part for each reading, in their order."""
    containers: dict[Container, int] = {}
    parts = []
    for reading in readings:
        container = reading.follower.file.container
        place = containers.setdefault(container, len(containers))
        parts.append(_part(reading, place))
    return Batch(agent, deadline_seconds, POLICY, list(containers), parts)


def _part(reading: Reading, container: int) -> Part:
    follower, framed = reading.follower, reading.lines
    lines = interpret_all(framed.contents, framed.odd)
    return Part(
        container=container,
        generation=follower.generation,
        path=follower.file.path,
        start=reading.range.start,
        end=reading.range.after.offset,
        offsets=pack("Q", framed.offsets),
        times=pack("q", framed.times),
        severities=bytes(lines.severities),
        flags=bytes(lines.flags),
        dialects=bytes(lines.dialects),
        outputs=bytes(framed.outputs),
        transactions=lines.transactions,
        records=b"\n".join([*lines.jsons, b""]),
    )
