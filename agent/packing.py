"""Readings -> a batch. What the schema says of each line goes into the arrays beside it."""

from __future__ import annotations

import zlib
from itertools import compress
from typing import NamedTuple

from agent import events
from agent.framing.framed import FramedLines
from agent.policy import Policy
from agent.reading import Reading
from agent.shedding.ladder import LeftOut
from agent.sources.log_file import Layout
from clew.schema.columns.lines import interpret_all
from clew.schema.line import Lines
from clew.schema.record import SCHEMA_VERSION
from clew.wire.batch import Batch, Carried, Container, Part, pack, pack_violations


class Packed(NamedTuple):
    """A reading as it is sent: where it is from, and the part, which is of no batch yet."""

    reading: Reading
    container: Container
    part: Part

    @property
    def size_bytes(self) -> int:
        """At least 1. More than the range, where a line brings along what was read before."""
        return max(self.reading.range.size_bytes, len(self.part.records), 1)


def pack_reading(reading: Reading, policy: Policy) -> Packed:
    """
    What is sent of a reading; its lines are let go, while they are still in the processor's caches.

    Notes in the range what was left out of it: it goes into the outbox with the batch.
    """
    file, framed = reading.range.file, reading.lines
    if policy.redactor is not None:
        events.lines.redacted(policy.redactor.redact(framed.contents))
    container = policy.describing.container(file, reading.follower.account)
    lines = interpret_all(framed.contents, framed.odd, policy.enforcer(file, container))
    events.lines.lines_judged(lines)
    left = policy.ladder.shed(lines, file.container.namespace)
    carried = [
        Carried(place, odd.origin.generation, odd.origin.path)
        for place, odd in framed.odd.items()
        if odd.origin is not None
    ]
    if left.places:
        carried = _carried_of(carried, left.kept(len(framed.offsets)))
        framed, lines = _keep(reading, lines, left)
    plain = file.layout is Layout.PLAIN
    violations, violated = pack_violations(lines.violations, len(lines.jsons))
    part = Part(
        container=0,
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
        carried=carried,
        violations=violations,
        violated=violated,
    )
    reading.lines = FramedLines()
    return Packed(reading, container, part)


def build_batch(packed: list[Packed], agent: str, deadline_seconds: float, policy: str) -> Batch:
    """A batch of these parts, in their order; `policy` names the one they were packed under."""
    containers: dict[Container, int] = {}
    for each in packed:
        each.part.container = containers.setdefault(each.container, len(containers))
    parts = [each.part for each in packed]
    return Batch(agent, deadline_seconds, policy, list(containers), parts, SCHEMA_VERSION)


def _carried_of(carried: list[Carried], kept: bytes) -> list[Carried]:
    """Those that are not left out, at their places among what is kept."""
    return [
        Carried(kept.count(1, 0, each.place), each.generation, each.path)
        for each in carried
        if kept[each.place]
    ]


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
        _violations_of(lines, mask),
    )


def _violations_of(lines: Lines, kept: bytes) -> dict[int, tuple[str, ...]]:
    """Those of lines that are not left out, at their places among what is kept."""
    if not lines.violations:
        return {}
    places = enumerate(compress(range(len(kept)), kept))
    return {new: lines.violations[old] for new, old in places if old in lines.violations}
