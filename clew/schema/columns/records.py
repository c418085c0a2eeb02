"""
What stands beside a record on the wire, for the records of many lines at once.

Each column here is what `clew.schema.line` says of one line, looked up in a dict: a look-up takes a
third of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, filterfalse
from operator import attrgetter
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.business import BUSINESS_LABELS, business_id, business_transaction
from clew.schema.identifiers import surely_ids
from clew.schema.line import NO_SERVICE, NO_TIMESTAMP, Lines
from clew.schema.record import Record
from clew.schema.severity import UNKNOWN, severity

_KEPT = 8192
"""The lines of a transaction come close together; levels are a handful."""

Text = str | UnsetType
_Value = TypeVar("_Value")
_encode_lines = msgspec.json.Encoder().encode_lines


class _Known(dict[Text, _Value], Generic[_Value]):
    """What a function says of texts, and of a text that is not there."""

    def __init__(self, say: Callable[[str], _Value], unset: _Value) -> None:
        super().__init__()
        self._say, self._unset = say, unset

    def learn(self, values: dict[str, _Value]) -> None:
        """What it would say of these."""
        if len(self) >= _KEPT:
            self.clear()
        self.update(values)

    def __missing__(self, text: Text) -> _Value:
        if len(self) >= _KEPT:
            self.clear()
        value = self[text] = self._unset if text is UNSET else self._say(text)
        return value


_severities = _Known(severity, UNKNOWN)
_businesses = _Known(business_id, "")
_business_labels = frozenset(BUSINESS_LABELS)
_get_labels = attrgetter("labels")
_get_timestamp, _get_level, _get_service, _get_trace, _get_transaction = (
    attrgetter(name) for name in ("timestamp", "level", "service", "trace", "transaction")
)


def lines_of(
    records: Sequence[Record],
    jsons: list[bytes],
    dialect: int,
    severities: list[int] | None = None,
) -> Lines:
    """The lines of records that go as these bytes; levels say their severities, or the caller."""
    timestamps, services = map(_get_timestamp, records), map(_get_service, records)
    return Lines(
        jsons=jsons,
        severities=(severities_of(map(_get_level, records)) if severities is None else severities),
        flags=_flags(list(timestamps), list(services)),
        dialects=[dialect] * len(records),
        transactions=_transactions(records),
        traces=_texts(list(map(_get_trace, records))),
        records=records,
    )


def severities_of(levels: Iterable[Text]) -> list[int]:
    return list(map(_severities.__getitem__, levels))


def encode_each(records: Sequence[msgspec.Struct]) -> list[bytes]:
    """The JSON of each record. What is encoded has no newline in it."""
    jsons = _encode_lines(records).split(b"\n")
    jsons.pop()
    return jsons


def _flags(timestamps: list[Text], services: list[Text]) -> list[int]:
    if all(timestamps) and all(services):  # most often; what is unset is false, like an empty text
        return [0] * len(services)
    return [
        (NO_TIMESTAMP if timestamp is UNSET else 0) | (NO_SERVICE if service is UNSET else 0)
        for timestamp, service in zip(timestamps, services, strict=True)
    ]


def _transactions(records: Sequence[Record]) -> list[str]:
    transactions = list(map(_get_transaction, records))
    fresh = set(filterfalse(_businesses.__contains__, transactions))
    fresh.discard(UNSET)
    if surely_ids(fresh):  # together, they are known for a tenth of what it costs one by one
        _businesses.learn(dict(zip(fresh, fresh, strict=True)))
    found = list(map(_businesses.__getitem__, transactions))
    if all(found):
        return found
    labels = filter(None, map(_get_labels, records))  # what is unset is false
    if _business_labels.isdisjoint(chain.from_iterable(labels)):
        return found
    return [
        text or business_transaction(record) for text, record in zip(found, records, strict=True)
    ]


def _texts(column: list[Text]) -> list[str]:
    return [text or "" for text in column] if not all(column) else column  # type: ignore[return-value]  # none is unset
