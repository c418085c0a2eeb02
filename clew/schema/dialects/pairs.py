"""
`key=value` pairs: logfmt, and what loggers for people put behind a message.

https://brandur.org/logfmt. A value in quotes is written as Go quotes it, which is nearly JSON.
"""

from __future__ import annotations

import re

import msgspec

from clew.schema.dialects.flattening import flatten
from clew.schema.dialects.text_dialect import Pairs
from clew.schema.rejection import Rejection

_KEY = r"[A-Za-z_@][\w.@/-]{0,255}"
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_PAIR = re.compile(rf"({_KEY})=({_QUOTED}|[^\s\"]\S*|)(?=\s|$)\s*", re.DOTALL | re.ASCII)
_LOOSE = re.compile(rf"(?:^|\s)({_KEY})=(?=({_QUOTED}(?=\s|$))?)", re.DOTALL | re.ASCII)
_decode = msgspec.json.Decoder(str).decode


def read_pairs(text: str) -> Pairs | None:
    """The pairs of a text that is nothing else; None for any other."""
    pairs, end = {}, 0
    while end < len(text):
        found = _PAIR.match(text, end)
        if found is None or found[1] in pairs:
            return None
        pairs[found[1]] = unquote(found[2])
        end = found.end()
    return list(pairs.items())


def split_pairs(text: str) -> tuple[str, Pairs]:
    """
    A message and the pairs behind it. A value goes on up to the next key, so that it may have
    spaces in it; of a key that stands twice there is none.
    """
    keys: list[re.Match[str]] = []
    end = 0
    for found in _LOOSE.finditer(text):
        if found.start() >= end:
            keys.append(found)
            end = found.end(2) if found[2] else found.end()
    names = [found[1] for found in keys]
    if not keys or len(set(names)) < len(names):
        return text, []
    ends = [*(found.start() for found in keys[1:]), len(text)]
    pairs = [
        (found[1], unquote(text[found.end() : end].strip()))
        for found, end in zip(keys, ends, strict=True)
    ]
    return text[: keys[0].start()].rstrip(), pairs


def unquote(text: str) -> str:
    """A value in quotes without them; where they hold something odd, as it was written."""
    if not text.startswith('"') or len(text) < 2 or not text.endswith('"'):
        return text
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        return text


def read_object(text: str) -> Pairs | None:
    """The members of a JSON object under dotted names; None for anything else."""
    columns = flatten(text.encode())
    if columns is None or isinstance(columns, Rejection):
        return None
    return [(column.name, column.texts[0]) for column in columns]


def with_others(found: dict[str, str], others: Pairs) -> Pairs:
    """The values found, and others; one that has a name of theirs gets another."""
    merged = dict(found)
    for name, text in others:
        merged[_free(name, merged)] = text
    return list(merged.items())


def _free(name: str, taken: dict[str, str]) -> str:
    while name in taken:
        name = f"pairs.{name}"
    return name


def with_object(pairs: Pairs, separator: str) -> Pairs:
    """The members of the `object` at a line's end; what is none is a part of the message."""
    found = dict(pairs)
    written = found.pop("object", None)
    if written is None:
        return pairs
    others = read_object(written)
    if others is None:
        found["message"] += separator + written
    return with_others(found, others or [])
