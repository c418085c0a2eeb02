"""
Values of any kind -> flat texts, few enough and short enough for the labels of a line.

Objects are flattened to dotted names, as clew does it with everybody's lines; a list becomes the
JSON of itself. An object that contains itself, or is larger than anybody reads, costs a bounded
time. What finds no room is counted in a label of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from clew_logging.bounds import ID_LABELS, KEY_CHARACTERS, LABEL_CHARACTERS, LABELS
from clew_logging.texts import cut, text_of

DEPTH = 8
"""Levels of objects that are flattened: no known logger nests deeper."""
VALUES = 10_000
"""How many values of a record are looked at."""
LEFT_OUT = "clew_logging.left_out"

_ROOM = LABELS - 2  # one is for the count of what finds no room, one for the ID of the request
_MEMBERS = 1000  # of all lists of a record together
_REST = "..."


def flatten(values: Iterable[tuple[object, object]]) -> Iterator[tuple[str, object]]:
    """Values under their dotted names; no more than VALUES of them, and none that is None."""
    return islice(_flatten("", values, 1), VALUES)


def _flatten(
    prefix: str, values: Iterable[tuple[object, object]], depth: int
) -> Iterator[tuple[str, object]]:
    for key, value in values:
        name = prefix + text_of(key)
        # A long name before each of many members would make megabytes out of one record.
        if is_mapping(value) and depth < DEPTH and len(name) < KEY_CHARACTERS:
            yield from _flatten(f"{name}.", members_of(value), depth + 1)
        elif value is not None:
            yield name, value


def is_mapping(value: object) -> bool:
    """Whether a value has members; an object can be made to raise even here."""
    try:
        return type(value) is not str and isinstance(value, Mapping)
    except Exception:  # noqa: BLE001
        return False


def members_of(value: object) -> list[tuple[object, object]]:
    """The members of a mapping, the first VALUES of them; none of one that raises."""
    try:
        return list(islice(value.items(), VALUES))  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001
        return [("unreadable", text_of(value))]


class Labels:
    """The labels of one record, in the order in which they come; the first of a name stays."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._left_out = 0
        self._members = _MEMBERS

    def add(self, name: str, value: object) -> None:
        key = cut(name.replace("\0", "\ufffd"), KEY_CHARACTERS) or "_"
        if key in ID_LABELS or key == LEFT_OUT:
            key = f"extra.{key}"
        if key in self._kept or len(self._kept) >= _ROOM:
            self._left_out += 1
        else:
            self._kept[key] = cut(self._text(value), LABEL_CHARACTERS)

    def add_request_id(self, request_id: str) -> None:
        """Last of all: one that the caller has added counts more."""
        self._kept.setdefault("request_id", request_id)

    def leave_out(self, number: int) -> None:
        self._left_out += number

    def all(self) -> dict[str, str]:
        if self._left_out:
            return {**self._kept, LEFT_OUT: str(self._left_out)}
        return self._kept

    def _text(self, value: object) -> str:
        """As JSON writes it, but for a text, which needs no quotes."""
        if type(value) is str:  # nearly always
            return text_of(value)
        try:
            if isinstance(value, (bool, float, list, tuple, set, frozenset)) or is_mapping(value):
                copied = self._copy(value, 1)
                return json.dumps(copied, ensure_ascii=False, separators=(",", ":"))
        except Exception:  # noqa: BLE001 - a class of somebody's own may raise anything
            return text_of(value)
        return text_of(value)

    def _copy(self, value: object, depth: int) -> object:
        """What JSON knows, of bounded depth and size."""
        self._members -= 1
        if value is None or isinstance(value, bool):
            return value
        if is_mapping(value):
            return dict(self._members_copied(value, depth))
        if isinstance(value, (list, tuple, set, frozenset)):
            return [member for _, member in self._copied(((_REST, v) for v in value), depth)]
        return _number(value) if isinstance(value, (int, float)) else text_of(value)

    def _members_copied(self, value: object, depth: int) -> Iterator[tuple[str, object]]:
        for key, member in self._copied(members_of(value), depth):
            yield text_of(key), member

    def _copied(
        self, members: Iterable[tuple[object, object]], depth: int
    ) -> Iterator[tuple[object, object]]:
        for key, member in members:
            if self._members <= 0 or depth >= DEPTH:
                yield _REST, _REST
                return
            yield key, self._copy(member, depth + 1)


def _number(value: float) -> object:
    """A number, and NaN, as JSON writers print it; of a class of its own, its text."""
    return value if type(value) in {int, float} else text_of(value)
