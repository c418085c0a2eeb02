"""Batches as an agent would send them, with as little said as a test is about."""

from __future__ import annotations

from collections.abc import Sequence

from clew.schema.interpreting import interpret
from clew.wire.batch import Batch, Container, Part, Row, pack, pack_violations
from tests.support.documents import NOON

CART = Container("shop", "cart-7d9f-x2x9k", "0c1", "cart", 0, "node-a", "cart")
FILE = "aaaabbbbccccdddd"
LINE_STEP = 100
"""How far the lines of a part stand from each other in their file, in bytes."""


def row(content: bytes, offset: int = 0, time: int = NOON, output: int = 0) -> Row:
    """What an agent sends of the line that stands at an offset."""
    line = interpret(content)
    return Row(
        offset,
        time,
        line.severity,
        line.flags,
        line.dialect,
        output,
        line.transaction,
        line.json,
        violations=line.violations,
    )


def part(rows: Sequence[Row], container: int = 0, generation: str = FILE, start: int = 0) -> Part:
    violations, violated = pack_violations(
        {place: row.violations for place, row in enumerate(rows) if row.violations}, len(rows)
    )
    return Part(
        container=container,
        generation=generation,
        path="/var/log/pods/shop_cart-7d9f-x2x9k_0c1/cart/0.log",
        start=start,
        end=start + LINE_STEP * len(rows),
        offsets=pack("Q", [row.offset for row in rows]),
        times=pack("q", [row.time for row in rows]),
        severities=bytes(row.severity for row in rows),
        flags=bytes(row.flags for row in rows),
        dialects=bytes(row.dialect for row in rows),
        outputs=bytes(row.output for row in rows),
        transactions=[row.transaction for row in rows],
        records=b"".join(row.record + b"\n" for row in rows),
        checksums=pack("I", [row.checksum for row in rows if row.checksum is not None]),
        violations=violations,
        violated=violated,
    )


def part_of(*contents: bytes, generation: str = FILE) -> Part:
    """A part whose lines have these contents."""
    rows = [row(content, LINE_STEP * n) for n, content in enumerate(contents)]
    return part(rows, generation=generation)


def batch(*parts: Part, deadline_seconds: float = 30.0) -> Batch:
    return Batch("node-a", deadline_seconds, "built-in@1", [CART], list(parts))
