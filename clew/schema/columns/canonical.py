"""
Canonical lines, all of a group at once: they are checked as `decode_canonical` does it, and go on
as they are.

A record that is written anew is never longer than its line. So if the lengths of a whole group add
up to the same, no line has white space, a needless escape or a key that stands twice in it; where
they don't, the numbers of quotation marks must.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UnsetType

from clew.schema.columns.records import lines_of
from clew.schema.dialects.catalog import CANONICAL
from clew.schema.line import Lines
from clew.schema.record import (
    ID_LABELS,
    KEY_CHARACTERS,
    TEXT_CHARACTERS,
    Record,
    Text,
    storable_names,
    storable_timestamps,
)


class _Canonical(Record, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Here the decoder finds out that a line lacks what a canonical one must have."""

    level: Text = msgspec.field(name="log.level")
    message: str


def _build_short() -> type[msgspec.Struct]:
    """
    The same for lines so short that no text of theirs can be too long, nor labels too many.

    To look at the length of each takes a seventh of decoding. Only IDs and the names of labels may
    still be too long: the former are looked at, the latter are a matter of the group.
    """
    loose: dict[Any, Any] = {Text: str, Text | UnsetType: str | UnsetType}
    types = {field.name: loose.get(field.type, field.type) for field in _FIELDS}
    types["labels"] = dict[str, str] | UnsetType
    return msgspec.defstruct(
        "_ShortCanonical",
        [
            (
                field.name,
                types[field.name],
                msgspec.field(name=field.encode_name, default=field.default),
            )
            for field in _FIELDS
        ],
        kw_only=True,
        forbid_unknown_fields=True,
        omit_defaults=True,
        gc=False,
    )


_FIELDS = msgspec.structs.fields(_Canonical)
_decode = msgspec.json.Decoder(_Canonical).decode
_decode_short = msgspec.json.Decoder(_build_short()).decode
_encode_lines = msgspec.json.Encoder().encode_lines
_get_timestamp, _get_labels = attrgetter("timestamp"), attrgetter("labels")


def interpret_canonical(contents: list[bytes]) -> Lines | None:
    """The lines, each begun with a brace; None where they are not all canonical."""
    short = max(map(len, contents), default=0) <= TEXT_CHARACTERS
    decode: Any = _decode_short if short else _decode
    try:
        records = list(map(decode, contents))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not _storable(records) or not _each_key_once(contents, records):
        return None
    return lines_of(records, contents, CANONICAL)


def _storable(records: list[Any]) -> bool:
    # What is unset is false, like an empty text, which is no timestamp either.
    timestamps = list(map(_get_timestamp, records))
    if "" in timestamps or not storable_timestamps(list(filter(None, timestamps))):
        return False
    names: set[str] = set().union(*filter(None, map(_get_labels, records)))
    sizes = set(map(len, names))
    if 0 in sizes or max(sizes, default=0) > KEY_CHARACTERS:
        return False
    return ID_LABELS.isdisjoint(names) and storable_names(names)


def _each_key_once(contents: list[bytes], records: list[Any]) -> bool:
    """True where it is so, and no line has a newline in it; may be False all the same."""
    encoded = _encode_lines(records)
    if len(encoded) == sum(map(len, contents)) + len(contents):
        return True
    joined = b"".join(contents)
    if b"\\u0022" in joined or b"\n" in joined:
        return False
    return joined.count(b'"') == encoded.count(b'"')
