"""
A policy over many lines at once.

Keeps true: a line comes out as `interpret` makes it with the same enforcer. Here it is only found
out, column by column, about which lines the policy may have something to say; each of those is then
judged like a line that came alone. Where nothing is wrong, that costs a few calls over columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import attrgetter, not_
from typing import Any

import msgspec
from msgspec import UNSET

from clew.schema.columns.groups import put
from clew.schema.fields import TRANSACTION
from clew.schema.interpreting import Sent, interpret, line_of
from clew.schema.line import Flag, Lines
from clew.schema.policy.enforcer import Enforcer, pair_of
from clew.schema.policy.names import FieldOf
from clew.schema.policy.rules import Ids, Mode, Schema
from clew.schema.record import Record

_decode_own = msgspec.json.Decoder(Record).decode
_get_labels = attrgetter("labels")
_NO_RECORD_FLAGS = (Flag.QUARANTINED | Flag.MANY).value
_ODD = frozenset(flags for flags in range(256) if flags & _NO_RECORD_FLAGS)
_NO_RECORD = Record()
"""For a line that is none, or several: it is judged alone."""


def enforce(lines: Lines, contents: list[bytes], enforcer: Enforcer) -> None:
    """Do with the lines of one container what its policy wants; their contents are `contents`."""
    odd = _no_records(lines)
    if enforcer.looks:
        records = [*_records(lines)]
        _find_ids(lines, records, enforcer)
        for place in {*_suspects(lines, records, enforcer)}.difference(odd):
            _judge(lines, place, contents[place], records[place], enforcer)
    for place in odd:
        put(lines, place, interpret(contents[place], enforcer=enforcer))


def _judge(lines: Lines, place: int, content: bytes, record: Record, enforcer: Enforcer) -> None:
    number, transaction = lines.severities[place], lines.transactions[place]
    mode, found = enforcer.judge(record, transaction, number)
    if found and mode is Mode.ENFORCE:
        sent = Sent(record, lines.jsons[place], lines.dialects[place], number)
        put(lines, place, line_of(content, sent, enforcer=enforcer))
    elif found:
        lines.violations[place] = tuple(each.violation for each in found)


def _records(lines: Lines) -> Iterable[Record]:
    """What each line was made of; read from what is sent, where nobody has kept it."""
    if not lines.records:
        return [_decode(lines, place) for place in range(len(lines.jsons))]
    if None not in lines.records:
        return lines.records  # type: ignore[return-value]  # none is None
    return [
        _decode(lines, place) if record is None else record
        for place, record in enumerate(lines.records)
    ]


def _decode(lines: Lines, place: int) -> Record:
    odd = lines.flags[place] & _NO_RECORD_FLAGS
    return _NO_RECORD if odd else _decode_own(lines.jsons[place])


def _no_records(lines: Lines) -> list[int]:
    """Places of lines that are no record, or more than one."""
    if not _ODD.intersection(lines.flags):
        return []
    return [place for place, flags in enumerate(lines.flags) if flags & _NO_RECORD_FLAGS]


def _find_ids(lines: Lines, records: list[Record], enforcer: Enforcer) -> None:
    """IDs as the policy says where they are, and what is none."""
    ids = enforcer.ids
    if ids.fields:
        lines.transactions = list(map(enforcer.transaction, records))
    if ids.not_ids is not None:
        refused = {trace for trace in set(lines.traces) if trace and not ids.may_be_id(trace)}
        if refused:
            lines.traces = ["" if trace in refused else trace for trace in lines.traces]


def _suspects(lines: Lines, records: list[Record], enforcer: Enforcer) -> Iterator[int]:
    """Places of lines that may violate the schema that holds for them, and maybe of others."""
    if enforcer.only is not None:
        yield from _Columns(lines, records, enforcer.ids).suspects(enforcer.only)
        return
    schemas = list(map(enforcer.schemas.__getitem__, map(pair_of, records)))
    different = set(map(id, schemas))
    if len(different) == 1:
        yield from _Columns(lines, records, enforcer.ids).suspects(schemas[0])
        return
    for each in {id(schema): schema for schema in schemas}.values():
        places = [place for place, schema in enumerate(schemas) if schema is each]
        part = _Columns(_part(lines, places), [records[place] for place in places], enforcer.ids)
        yield from map(places.__getitem__, part.suspects(each))


def _part(lines: Lines, places: list[int]) -> Lines:
    """Those columns of some lines that are looked at."""
    return Lines(
        jsons=[lines.jsons[place] for place in places],
        severities=[lines.severities[place] for place in places],
        transactions=[lines.transactions[place] for place in places],
    )


class _Columns:
    """Lines that one schema holds for."""

    def __init__(self, lines: Lines, records: list[Record], ids: Ids) -> None:
        self._lines, self._records, self._ids = lines, records, ids

    def suspects(self, schema: Schema) -> Iterator[int]:
        if not schema.looks:
            return
        for field in schema.required:
            yield from self._missing(field)
        if schema.levels:
            marks = bytes(self._lines.severities).translate(schema.levels)
            yield from self._at(marks)
        if schema.longest:
            # As JSON, no text is shorter than it is by itself.
            limit = min(size for _, size in schema.longest)
            sizes = list(map(len, self._lines.jsons))
            if max(sizes, default=0) > limit:
                yield from self._at(size > limit for size in sizes)
        if schema.most_labels is not None:
            yield from self._labelled(schema.most_labels)

    def _missing(self, field: FieldOf) -> Iterator[int]:
        column = self._column(field)
        if not all(column):
            yield from self._at(map(not_, column))
        if field.is_id:
            no_ids = {value for value in set(column) if value and not self._ids.is_id(value)}
            if no_ids:
                yield from self._at(map(no_ids.__contains__, column))

    def _column(self, field: FieldOf) -> Sequence[Any]:
        """The values of a field, each false where there is none; some others may be."""
        if field.name == TRANSACTION:
            return self._lines.transactions
        if not field.label:
            return list(map(attrgetter(field.attribute), self._records))
        return [field.of(record) for record in self._records]

    def _labelled(self, most: int) -> Iterator[int]:
        counts = [0 if each is UNSET else len(each) for each in map(_get_labels, self._records)]
        if max(counts, default=0) > most:
            yield from self._at(count > most for count in counts)

    def _at(self, marks: Iterable[Any]) -> Iterator[int]:
        return compress(range(len(self._records)), marks)
