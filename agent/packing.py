"""Readings -> a batch. What the schema says of each line goes into the arrays beside it."""

from __future__ import annotations

from agent.follower import Reading
from agent.framing.joining import Framed
from clew.schema.line import Line, interpret, reject
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
    framed = reading.lines
    lines = [_interpret(line) for line in framed]
    records = [line.json for line in lines]
    follower = reading.follower
    return Part(
        container=container,
        generation=follower.generation,
        path=follower.file.path,
        start=reading.range.start,
        end=reading.range.after.offset,
        offsets=pack("Q", [line.offset for line in framed]),
        times=pack("q", [line.time for line in framed]),
        severities=bytes([line.severity for line in lines]),
        flags=bytes([line.flags for line in lines]),
        dialects=bytes([line.dialect for line in lines]),
        outputs=bytes([line.output for line in framed]),
        transactions=[line.transaction for line in lines],
        records=b"\n".join([*records, b""]),
    )


def _interpret(framed: Framed) -> Line:
    if framed.rejection is not None:
        return reject(framed.content, framed.rejection, framed.flags)
    return interpret(framed.content, framed.flags)
