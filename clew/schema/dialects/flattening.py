"""
One JSON object, however it is written -> its values under dotted names.

Nested objects are flattened, so that `{"log":{"level":"INFO"}}` and `{"log.level":"INFO"}` are one
case. Not promised: the order of keys, white space between them, and keys whose value is null.
"""

from __future__ import annotations

import re
from operator import methodcaller

import msgspec
from msgspec import Raw

from clew.schema.dialects.column import Column
from clew.schema.record import KEY_CHARACTERS, quotes
from clew.schema.rejection import Reason, Rejection

DEPTH = 16
"""Levels of objects that are flattened: twice what the deepest known logger nests."""

# Node prints `{ a: 1 }`, Python `{'a': 1}`: text, and not broken JSON.
_OBJECT = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*["}]')
_has_nan = re.compile(rb"[\s:,\[](?:-?Infinity|NaN)\b").search
# A text without an end goes on to the end: else it would be looked for from each quote anew.
_NAN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|(-?Infinity|NaN)')
_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_plain_quotes = methodcaller("count", b'"')


def flatten(line: bytes) -> list[Column] | Rejection | None:
    """The values of a line that is one object; None where it does not begin like one."""
    if _OBJECT.match(line) is None:
        return None
    found = _read(line)
    if isinstance(found, Rejection) and found.reason is Reason.INVALID_JSON and _has_nan(line):
        return _read(_NAN.sub(_as_text, line))
    return found


def _as_text(found: re.Match[bytes]) -> bytes:
    """What Python writes for a number that is none, as a text; strings stay as they are."""
    return b'"%s"' % found[1] if found[1] else found[0]


def _read(line: bytes) -> list[Column] | Rejection:
    try:
        return _flatten("", line, 1)
    except RecursionError:
        return Rejection(Reason.TOO_DEEP, detail="nested too deep to be read")
    except _DuplicateKeyError as error:
        return Rejection(Reason.DUPLICATE_KEY, error.args[0], "a key stands twice in one object")
    except msgspec.MsgspecError as error:
        return Rejection(Reason.INVALID_JSON, detail=str(error))


class _DuplicateKeyError(Exception):
    """Its argument is the name of the object in which a key stands twice."""


def _flatten(prefix: str, text: bytes, depth: int) -> list[Column]:
    members = {key: bytes(raw) for key, raw in _decode(text).items()}
    # Of a key that stands twice only the last is given; then quotes are missing from the sum.
    count = quotes if b"\\u0022" in text else _plain_quotes
    if count(text) != sum(2 + key.count('"') + count(raw) for key, raw in members.items()):
        raise _DuplicateKeyError(prefix.removesuffix("."))
    columns: list[Column] = []
    for key, raw in members.items():
        name = prefix + key
        # A long name before each of many members would make gigabytes out of one line.
        if raw.startswith(b"{") and depth < DEPTH and len(name) < KEY_CHARACTERS:
            columns += _flatten(f"{name}.", raw, depth + 1)
        elif raw.startswith(b'"'):
            columns.append(Column(name, [_decode_text(raw)], quoted=True))
        elif raw != b"null":
            columns.append(Column(name, [raw.decode()], quoted=False))
    return columns
