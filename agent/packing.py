"""Readings -> a batch. What the schema says of each line goes into the arrays beside it."""

from __future__ import annotations

import zlib
from itertools import compress

from agent import events
from agent.follower import Reading
from agent.framing.framed import FramedLines
from agent.policy import Policy
from agent.shedding.ladder import LeftOut
from agent.sources.log_file import Layout
from clew.schema.columns.lines import interpret_all
from clew.schema.line import Lines
from clew.wire.batch import Batch, Container, Part, pack

POLICY = "built-in-1"
"""There is one policy of the schema so far: the schema itself."""


def build_batch(
    readings: list[Reading], agent: str, deadline_seconds: float, policy: Policy
) -> Batch:
    """
    One part for each reading, in their order.

    Notes in the ranges what was left out of them: they go into the outbox with the batch.
    """
    containers: dict[Container, int] = {}
    parts = []
    for reading in readings:
        container = policy.describing.container(reading.range.file, reading.follower.account)
        place = containers.setdefault(container, len(containers))
        parts.append(_part(reading, place, policy))
    return Batch(agent, deadline_seconds, POLICY, list(containers), parts)


def _part(reading: Reading, container: int, policy: Policy) -> Part:
    file, framed = reading.range.file, reading.lines
    if policy.redactor is not None:
        events.redacted(policy.redactor.redact(framed.contents))
    lines = interpret_all(framed.contents, framed.odd)
    left = policy.ladder.shed(lines, file.container.namespace)
    if left.places:
        framed, lines = _keep(reading, lines, left)
    plain = file.layout is Layout.PLAIN
    return Part(
        container=container,
        generation=reading.range.generation,
        path=file.path,
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
        checksums=pack("I", [zlib.crc32(line) for line in framed.contents]) if plain else b"",
    )


def _keep(reading: Reading, lines: Lines, left: LeftOut) -> tuple[FramedLines, Lines]:
    """What is not left out; the rest is noted in the range."""
    file, framed, part = reading.range.file, reading.lines, reading.range
    part.shed = left.spans(file.container_key, file.path, framed.times, framed.contents)
    part.records -= len(left.places)
    mask = left.kept(len(framed.offsets))

    kept = FramedLines(
        list(compress(framed.offsets, mask)),
        list(compress(framed.times, mask)),
        list(compress(framed.outputs, mask)),
        list(compress(framed.contents, mask)),
    )
    return kept, Lines(
        list(compress(lines.jsons, mask)),
        list(compress(lines.severities, mask)),
        list(compress(lines.flags, mask)),
        list(compress(lines.dialects, mask)),
        list(compress(lines.transactions, mask)),
        list(compress(lines.traces, mask)),
    )
