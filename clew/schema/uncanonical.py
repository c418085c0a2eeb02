"""
What keeps a line from being canonical, in words: for whoever wants it to be.

`decode_canonical` only says that a line is not, since the agent has no use for more. Asking here is
slow, and never raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from clew.schema.record import ID_LABELS, Record, decode_canonical, storable_timestamp

_NAMED = 5
"""Keys that are named; of a nested object, thousands may be wrong."""
_NAME_CHARACTERS = 64

_decode = msgspec.json.Decoder(Record).decode
_decode_any = msgspec.json.Decoder().decode
_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(Record))
_REQUIRED = ("log.level", "message")


def why_uncanonical(line: bytes) -> str:
    """What is wrong with a line, or nothing if it is canonical."""
    if decode_canonical(line) is not None:
        return ""
    if not line.startswith(b"{"):
        return "text, not a JSON object"
    try:
        found = _decode_any(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "no JSON object"
    faults = [*_faults(found)] or [*_deeper(line, found)]
    return "; ".join(faults) or "a key stands twice"


def _faults(found: Mapping[str, Any]) -> Iterator[str]:
    unknown = [key for key in found if key not in _FIELDS]
    if unknown:
        fields = "no field of the record" if len(unknown) == 1 else "no fields of the record"
        yield f"{fields}: {_names(unknown)}"
    missing = [name for name in _REQUIRED if name not in found]
    if missing:
        yield f"no {' and no '.join(missing)}"


def _deeper(line: bytes, found: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a line that has the right keys."""
    try:
        _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        yield _in_words(error)
        return
    timestamp = found.get("@timestamp")
    if isinstance(timestamp, str) and not storable_timestamp(timestamp):
        yield f"@timestamp: {timestamp[:_NAME_CHARACTERS]!r} is no RFC 3339 time with a zone"
    misplaced = ID_LABELS.intersection(found.get("labels", ()))
    if misplaced:
        yield f"an ID among labels, not in its field: {_names(sorted(misplaced))}"
    if b"\n" in line:
        yield "one object over several lines"


def _in_words(error: Exception) -> str:
    """``labels.tenant: Expected `str`, got `int` `` of msgspec's words."""
    if not isinstance(error, msgspec.ValidationError):
        return "no JSON object"
    what, _, where = str(error).partition(" - at ")
    path = where.replace("`", "").replace("key in $.", "a key in ").removeprefix("$.")
    return f"{path}: {what}" if path else what


def _names(keys: list[str]) -> str:
    named = ", ".join(key[:_NAME_CHARACTERS] for key in keys[:_NAMED])
    others = len(keys) - _NAMED
    return f"{named} and {others:,} more" if others > 0 else named
