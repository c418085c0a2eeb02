"""
What is sent of a line, and what is said beside it.

`clew.schema.interpreting` makes these of one line, `clew.schema.columns` of thousands at one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import NamedTuple

import msgspec

from clew.schema.dialects.catalog import NAMES
from clew.schema.record import Record

LINE_BYTES = 1024 * 1024
"""The longest line that becomes a record. 1 MiB is past any log line that somebody reads."""


DIALECTS = NAMES


class Flag(IntFlag):
    """What the collector must know of a line without looking into it."""

    QUARANTINED = 1
    NO_TIMESTAMP = 2  # the runtime's counts
    NO_SERVICE = 4  # the container's counts
    UNFINISHED = 8  # a piece of a line whose other pieces never came
    MANY = 16  # an array of members: the line holds several records


# As plain numbers: to join two members of an enum takes longer than to decode a line.
NO_TIMESTAMP, NO_SERVICE = Flag.NO_TIMESTAMP.value, Flag.NO_SERVICE.value
QUARANTINED = Flag.QUARANTINED.value


class Line(NamedTuple):
    """
    `json` is one JSON object without a newline; `transaction`, the business transaction, and
    `trace` are empty where there is none. `violations` is what was found wanting, the reason why
    it is quarantined first; of a line that holds many records, what was in any of them.
    """

    json: bytes
    dialect: int
    severity: int
    flags: int
    transaction: str
    trace: str = ""
    violations: tuple[str, ...] = ()

    def members(self) -> list[Line]:
        """Each record of a line that holds many, in their order."""
        return [
            Line(
                bytes(member.record),
                self.dialect,
                member.severity,
                member.flags,
                member.transaction,
                violations=member.violations,
            )
            for member in decode_members(self.json)
        ]


class Member(msgspec.Struct):
    """One record of a line that holds many, and what stands beside it."""

    record: msgspec.Raw
    severity: int
    flags: int = 0
    transaction: str = ""
    violations: tuple[str, ...] = ()


decode_members = msgspec.json.Decoder(list[Member]).decode


@dataclass(slots=True)
class Lines:
    """
    Many lines as columns: a place means the same line in all of them.

    `violations` has an entry for those lines only that have some. `records` is for a moment what
    the lines were made of: None, or no column at all, where that is not at hand.
    """

    jsons: list[bytes] = field(default_factory=list)
    severities: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    dialects: list[int] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    violations: dict[int, tuple[str, ...]] = field(default_factory=dict)
    records: Sequence[Record | None] = field(default=(), compare=False, repr=False)
