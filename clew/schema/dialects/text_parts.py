"""
Lines of text that are in a known dialect -> records.

What is said of lines that are written alike is what would be said of each of them alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from clew.schema.dialects.column import Column
from clew.schema.dialects.objects import Told, tell
from clew.schema.dialects.text_dialect import Pairs, TextDialect
from clew.schema.dialects.text_ids import find_ids, may_have_ids
from clew.schema.dialects.text_sniffing import sniff_text
from clew.schema.rejection import Rejection

_UNZONED = re.compile(r".*\d\d:\d\d:\d\d(?:[.,]\d+)?", re.ASCII)
_CLOCK, _LOCAL = "time", "local_time"


class Parts(NamedTuple):
    """A line's dialect, its values under their names, and what it has in common with others."""

    dialect: TextDialect
    pairs: Pairs

    @property
    def shape(self) -> tuple[object, ...]:
        return id(self.dialect), tuple([name for name, _ in self.pairs])


def begins_whole(text: str) -> bool:
    """Whether a text of several lines is taken apart as a whole."""
    dialect = sniff_text(text)
    return dialect is not None and dialect.whole


def take_apart(line: str) -> Parts | None:
    """The parts of a line that begins like one of a known dialect."""
    dialect = sniff_text(line)
    return None if dialect is None else _read(dialect, line)


def take_preferred(line: str, dialects: Sequence[TextDialect]) -> Parts | None:
    """The parts of a line that is in one of these."""
    return next(filter(None, (_read(dialect, line) for dialect in dialects)), None)


def _read(dialect: TextDialect, line: str) -> Parts | None:
    pairs = dialect.read(line)
    if not pairs:
        return None
    if pairs[0][0] == _CLOCK and _UNZONED.fullmatch(pairs[0][1]):
        pairs[0] = (_LOCAL, pairs[0][1])  # nobody can compare it
    return Parts(dialect, pairs)


def tell_apart(dialect: TextDialect, rows: Sequence[Pairs], lines: Sequence[str]) -> Told:
    """
    The records of lines with values of the same names.

    Raises MixedError or AloneError as `tell` does; a line alone always has a record.
    """
    names = [name for name, _ in rows[0]]
    texts = zip(*([text for _, text in row] for row in rows), strict=True)
    columns = [Column(name, list(each), True) for name, each in zip(names, texts, strict=True)]
    told = tell(columns, [line.encode() for line in lines], dialect.reading)
    if isinstance(told, Rejection):  # logfmt without a message
        columns.append(Column("message", list(lines), quoted=True))
        told = tell(columns, [line.encode() for line in lines], dialect.reading)
    assert not isinstance(told, Rejection)
    messages = [str(record.message) for record in told.records]
    if may_have_ids("\n".join(messages)):
        for record, message in zip(told.records, messages, strict=True):
            find_ids(record, message)
    return told
