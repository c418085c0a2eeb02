"""
JSON objects of one shape -> records.

What is said of a group of lines here is what would be said of each of them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

from msgspec import UNSET

from clew.schema.dialects.choosing import AloneError, choose, complete, labels_of
from clew.schema.dialects.dialect import SEVERITY, Columns, Fields, JsonDialect
from clew.schema.dialects.sniffing import sniff
from clew.schema.record import Record
from clew.schema.rejection import Reason, Rejection

_FIELDS = Record.__struct_fields__
NO_MESSAGE = Rejection(Reason.MISSING_FIELD, "message", "an object without a message")


class Told(NamedTuple):
    """The records of some lines, how bad each is, and the dialect that they are written in."""

    records: list[Record]
    severities: list[int]
    dialect: str


def tell(
    columns: Columns,
    lines: Sequence[bytes],
    pinned: JsonDialect | None = None,
    preferred: str = "",
) -> Told | Rejection:
    """
    The records of lines of one shape, whose values these are.

    A dialect that is pinned is taken without a look, and of those with the `preferred` name one.
    Raises MixedError or AloneError where the
    lines can't be looked at together; one line alone always can.
    """
    dialect = pinned or sniff(columns, preferred)
    if dialect.reshape is not None:
        columns = dialect.reshape(columns)
    fields, others = choose(columns, dialect)
    if dialect.refine is not None:
        dialect.refine(fields, others)
    complete(fields)
    if "message" not in fields:
        if len(lines) > 1:
            raise AloneError
        return NO_MESSAGE
    severities = _severities(fields, dialect, len(lines))
    fields["labels"] = labels_of(others, dialect, lines)
    records = list(map(Record, *(fields.get(name, repeat(UNSET)) for name in _FIELDS)))
    return Told(records, severities, dialect.name)


def _severities(fields: Fields, dialect: JsonDialect, count: int) -> list[int]:
    if SEVERITY in fields:
        return list(fields.pop(SEVERITY))
    if "level" not in fields:
        return [dialect.unsaid] * count
    return dialect.severities(fields["level"])
