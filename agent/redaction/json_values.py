r"""
The values of one line of JSON, with the place where each stands, so that one can be replaced and
every other byte stays.

A string is seen as it reads and replaced as it is written: `"a\u003db"` is `a=b`, and what stands
for its `=` are six characters of the line.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

_is_json = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
# A string, and whether it is a key; a bracket; a number.
_PART = re.compile(
    r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*+:)?|([{}\[\]])|(-?[0-9][0-9.eE+-]*+)', re.DOTALL
)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)


class Value(NamedTuple):
    """
    A string or number between two places of a line, a string without its quotes.

    `name` has the keys that lead to it with dots between them, and is empty inside of an array.
    `key` is the nearest of them.
    """

    name: str
    key: str
    start: int
    end: int
    quoted: bool


class _Level(NamedTuple):
    """An object or array that is open. What stands in an array has no name, but the array's key."""

    is_object: bool
    prefix: str | None
    key: str


def is_object(line: bytes) -> bool:
    """Whether a line is one JSON object and nothing else."""
    if not line.lstrip(b" \t\r\n").startswith(b"{"):
        return False
    try:
        _is_json(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def values(text: str) -> Iterator[Value]:
    """The strings and numbers of a text that is one JSON object, its keys left out."""
    levels: list[_Level] = []
    key = ""
    for match in _PART.finditer(text):
        string, is_key, bracket, _ = match.groups()
        if is_key:
            key = read_string(string).text
        elif not bracket:
            yield _value(
                levels[-1], key, match.span(4 if string is None else 1), string is not None
            )
        elif bracket in "{[":
            levels.append(_level(bracket == "{", levels, key))
        else:
            levels.pop()


def _level(is_object: bool, levels: list[_Level], key: str) -> _Level:
    if not levels:
        return _Level(is_object, "", "")
    outer = levels[-1]
    name = _name(outer, key)
    inner_key = key if outer.is_object else outer.key
    return _Level(is_object, f"{name}." if is_object and name else None, inner_key)


def _name(level: _Level, key: str) -> str:
    return level.prefix + key if level.is_object and level.prefix is not None else ""


def _value(level: _Level, key: str, span: tuple[int, int], quoted: bool) -> Value:
    return Value(_name(level, key), key if level.is_object else level.key, *span, quoted)


@lru_cache(maxsize=1024)
def _meant(escape: str) -> str:
    """The character that an escape stands for."""
    character: str = json.loads(f'"{escape}"')
    return character


class Reading(NamedTuple):
    """
    How a written string reads. `breaks` and `places`: behind each escape, the place in `text` and
    the place in what is written.
    """

    text: str
    breaks: list[int]
    places: list[int]

    def written(self, place: int) -> int:
        """Where a place of the text is in what is written."""
        known = bisect_right(self.breaks, place) - 1
        return place if known < 0 else self.places[known] + place - self.breaks[known]


def read_string(written: str) -> Reading:
    """What a JSON string says, given without its quotes."""
    if "\\" not in written:
        return Reading(written, [], [])
    parts: list[str] = []
    breaks: list[int] = []
    places: list[int] = []
    length = behind = 0
    for match in _ESCAPE.finditer(written):
        parts += (written[behind : match.start()], _meant(match[0]))
        length += match.start() - behind + 1
        behind = match.end()
        breaks.append(length)
        places.append(behind)
    return Reading("".join(parts) + written[behind:], breaks, places)
