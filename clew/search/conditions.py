"""
What `field:value` means, given how the field is indexed.

Short names and levels are resolved here, so that a tree of nodes names real fields only.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple

from clew.schema.fields import FIELDS, SEVERITY, FieldType
from clew.search.errors import SearchError
from clew.search.evaluation import LABEL, field_type
from clew.search.nodes import And, Everything, Exists, Node, Or, Prefix, Range, Term, Words
from clew.search.times import parse_duration, parse_moment
from clew.search.words import words

ALIASES: dict[str, tuple[str, ...]] = {
    "service": ("service.name",),
    "pod": ("kubernetes.pod.name",),
    "ns": ("kubernetes.namespace",),
    "namespace": ("kubernetes.namespace",),
    "node": ("kubernetes.node.name",),
    "container": ("kubernetes.container.name",),
    "trace": ("trace.id",),
    "span": ("span.id",),
    # Where policy looks for a business transaction, so that lines written before a policy count.
    "tx": ("clew.transaction", "transaction.id", "labels.transaction_id", "labels.order_id"),
    "msg": ("message",),
    "logger": ("log.logger",),
    "status": ("http.response.status_code",),
    "duration": ("event.duration",),
    "level": (SEVERITY,),
}
"""Short names, and the fields they stand for: a value in any of them is enough."""

LEVELS: dict[str, tuple[int, int]] = {
    "trace": (1, 4),
    "debug": (5, 8),
    "info": (9, 12),
    "warn": (13, 16),
    "warning": (13, 16),
    "error": (17, 20),
    "fatal": (21, 24),
}
"""OpenTelemetry's severity numbers; 0 is a level that nobody knows, and in no range."""

LOWEST, HIGHEST = 1, 24
LONG_END = 2**63 - 1
_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)


class Value(NamedTuple):
    """A value as typed, without its quotes; `position` is its first character's."""

    text: str
    position: int
    quoted: bool = False


class Asked(NamedTuple):
    """What stands before a value: a name, where it begins, and `:`, `>`, `>=`, `<` or `<=`."""

    name: str
    position: int
    operator: str


_EQUALS = re.compile(r"([\w.@]+)(!?==?)(.+)", re.DOTALL)


def free_text(value: Value) -> Node:
    """A value without a field: `*`, `abc*`, a word or a phrase, in any text or ID."""
    _refuse_equals(value)
    start = _wildcard(value)
    if start is None:
        return Words(_with_words(value))
    return _word_prefix(None, start, value) if start else Everything()


def _refuse_equals(value: Value) -> None:
    """`status=502` would look for these words; who types it means `status:502`."""
    match = None if value.quoted else _EQUALS.fullmatch(value.text)
    if match is None or match[1] not in {*ALIASES, *FIELDS}:
        return
    meant = f"{'-' if match[2].startswith('!') else ''}{match[1]}:{match[3]}"
    raise SearchError(f"`{match[2]}` asks for nothing", value.position + match.start(2), meant)


def condition(asked: Asked, value: Value, now: int) -> Node:
    """
    A field compared with a value; `now` (Unix nanoseconds) is what `now-1h` is counted from.

    Raises SearchError for a name that nobody knows, and for a value that such a field can't have.
    """
    nodes = [_one(asked, field, value, now) for field in resolve(asked.name, asked.position)]
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def existence(value: Value) -> Node:
    """`_exists_:value`."""
    nodes = [Exists(field) for field in resolve(value.text, value.position)]
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def resolve(name: str, position: int) -> tuple[str, ...]:
    """The fields a name stands for; SearchError with a suggestion for one that nobody knows."""
    if name in ALIASES:
        return ALIASES[name]
    kind = field_type(name)
    if kind is FieldType.STORED:
        raise SearchError(f"`{name}` is kept with a document but can't be searched", position)
    if kind is None:
        message = f"there is no field `{name}`; to look for this as text, put it in double quotes"
        raise SearchError(message, position, _near(name, [*ALIASES, *FIELDS]) or LABEL + name)
    return (name,)


def _near(typed: str, known: list[str]) -> str | None:
    folded = typed.lower()
    # People leave out the beginning of a name: `pod.name` should find `kubernetes.pod.name`.
    endings = [name for name in known if name == folded or name.endswith(f".{folded}")]
    return next(iter(endings or get_close_matches(folded, known, n=1, cutoff=0.7)), None)


def _one(asked: Asked, field: str, value: Value, now: int) -> Node:
    name, operator = asked.name, asked.operator
    start = _wildcard(value) if operator == ":" else None
    if start == "":
        return Exists(field)
    if name == "level":
        return _level(operator, value)
    match field_type(field):
        case FieldType.LONG | FieldType.TIME:
            return _measure(asked, field, value, now)
        case _ if operator != ":":
            message = f"`{name}` holds text, and `{operator}` compares numbers and times"
            raise SearchError(message, value.position)
        case FieldType.TEXT if start is None:
            return Words(_with_words(value), field)
        case FieldType.TEXT if start is not None:
            return _word_prefix(field, start, value)
        case _:
            return Term(field, (value.text,)) if start is None else Prefix(field, start)


def _wildcard(value: Value) -> str | None:
    """What stands before a trailing `*`, or None without one."""
    star = -1 if value.quoted else value.text.find("*")
    if star < 0:
        return None
    if star == 0 and value.text != "*":
        message = "a wildcard at the beginning would read every document; put it at the end, abc*"
        raise SearchError(message, value.position)
    if star < len(value.text) - 1:
        message = "a wildcard stands at the end only; put double quotes round a real asterisk"
        raise SearchError(message, value.position + star)
    return value.text[:-1]


def _with_words(value: Value) -> str:
    if not words(value.text):
        message = f"there is no word in `{value.text}`: words are made of letters and digits"
        raise SearchError(message, value.position)
    return value.text


def _word_prefix(field: str | None, start: str, value: Value) -> Node:
    """
    `order-12*`: all its words, of which the last may go on.

    Without a field, also an ID or a label that begins with the whole of it.
    """
    *whole, last = words(_with_words(Value(start, value.position)))
    in_text: Node = Prefix(field, last)
    if whole:
        in_text = And((Words(" ".join(whole), field), in_text))
    if field is not None:
        return in_text
    return Prefix(None, start) if start.lower() == last else Or((Prefix(None, start), in_text))


def _level(operator: str, value: Value) -> Node:
    named = LEVELS.get(value.text.lower())
    if named is None:
        message = f"there is no level `{value.text}`; the levels are {', '.join(LEVELS)}"
        raise SearchError(message, value.position, _near(value.text, list(LEVELS)))
    node = _range(SEVERITY, operator, *named)
    return Range(SEVERITY, node.low or LOWEST, node.high or HIGHEST)


def _measure(asked: Asked, field: str, value: Value, now: int) -> Node:
    operator = asked.operator
    try:
        if field_type(field) is FieldType.TIME:
            return _range(field, operator, *parse_moment(value.text, now))
        number = _number(asked.name, field, value.text)
    except ValueError as error:
        raise SearchError(str(error), value.position) from None
    return (
        Term(field, (str(number),)) if operator == ":" else _range(field, operator, number, number)
    )


def _number(name: str, field: str, text: str) -> int:
    is_integer = _INTEGER.fullmatch(text) is not None
    if not is_integer and field != "event.duration":
        raise ValueError(f"`{name}` holds whole numbers, and `{text}` is none")
    number = int(text) if is_integer else parse_duration(text)
    if abs(number) >= LONG_END:
        raise ValueError(f"`{text}` is out of range: numbers have 64 bits")
    return number


def _range(field: str, operator: str, first: int, last: int) -> Range:
    """What compares so with a value that spans first..last, such as a day or a level."""
    match operator:
        case ">":
            return Range(field, last + 1, None)
        case ">=":
            return Range(field, first, None)
        case "<":
            return Range(field, None, first - 1)
        case "<=":
            return Range(field, None, last)
        case _:
            return Range(field, first, last)
