"""
What every node of a search means, document by document.

This is the reference: a store translates nodes into its own queries as it likes, but a document is
an answer exactly if `matches` says so. A store whose index can only come close returns more, and
filters with it.

Values are compared as they are written, letter case included; only words ignore case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from clew.schema.fields import FIELDS, ID_FIELDS, LABEL_FIELDS, TEXT_FIELDS, FieldType
from clew.schema.timestamps import parse_rfc3339
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words
from clew.search.words import words

Source = dict[str, Any]

LABEL = "labels."
"""What the name of one label begins with; the rest of it is the key, dots and all."""


def matches(node: Node, source: Source) -> bool:  # noqa: PLR0911  (a line for each node)
    """
    Whether a document is an answer.

    `source` is flat, with dotted names; labels are objects of strings; a keyword or a text may
    be a list of values, of which one is enough. Raises ValueError where a TIME field is asked for
    and is not RFC 3339: the schema lets none through.
    """
    match node:
        case Everything():
            return True
        case Words(text, field):
            return _has_words(text, field, source)
        case Term(field, wanted):
            return _has_value(field, wanted, source)
        case Prefix(field, start):
            return _has_prefix(field, start, source)
        case Range():
            return _in_range(node, source)
        case Exists(field):
            return any(True for _ in values(field, source))
        case And(nodes):
            return all(matches(each, source) for each in nodes)
        case Or(nodes):
            return any(matches(each, source) for each in nodes)
        case Not(inner):
            return not matches(inner, source)
        case _:
            assert_never(node)


def values(field: str, source: Source) -> Iterator[Any]:
    """The values of a field, a list's one by one; of `labels` every label's; null is none."""
    label = split_label(field)
    found = source.get(field) if label is None else source.get(label[0], {}).get(label[1])
    if isinstance(found, dict):
        found = list(found.values())
    yield from (
        each for each in (found if isinstance(found, list) else [found]) if each is not None
    )


def field_type(field: str) -> FieldType | None:
    """How a field is indexed; `labels.<key>` as labels are; None for a name nobody knows."""
    known = FIELDS.get(field)
    if known is not None:
        return known.type
    return None if split_label(field) is None else FieldType.LABELS


def split_label(field: str) -> tuple[str, str] | None:
    """`labels.a.b` as `labels` and `a.b`, so with `kubernetes.labels.a.b`; None for the others."""
    for name in LABEL_FIELDS:
        if field.startswith(f"{name}.") and len(field) > len(name) + 1:
            return name, field[len(name) + 1 :]
    return None


def contains_words(wanted: list[str], text: str) -> bool:
    """Whether a text has these words next to each other and in this order; no words: no."""
    have, length = words(text), len(wanted)
    starts = range(len(have) - length + 1) if wanted else ()
    return any(have[start : start + length] == wanted for start in starts)


def _id_values(source: Source) -> Iterator[Any]:
    for field in (*ID_FIELDS, "labels"):
        yield from values(field, source)


def _has_words(text: str, field: str | None, source: Source) -> bool:
    wanted = words(text)
    texts = TEXT_FIELDS if field is None else (field,)
    if any(contains_words(wanted, each) for name in texts for each in values(name, source)):
        return True
    return field is None and text in _id_values(source)


def _has_value(field: str, wanted: tuple[str, ...], source: Source) -> bool:
    have = values(field, source)
    if field_type(field) is not FieldType.LONG:
        return any(value in wanted for value in have)
    numbers = {int(each) for each in wanted if each.removeprefix("-").isdecimal()}
    return any(value in numbers for value in have)


def _has_prefix(field: str | None, start: str, source: Source) -> bool:
    """Without a field: of a word in a TEXT field, or of the value of an ID field or a label."""
    if field is None:
        return any(
            _has_prefix(each, start, source) for each in (*TEXT_FIELDS, *ID_FIELDS, "labels")
        )
    have = values(field, source)
    match field_type(field):
        case FieldType.TEXT:
            folded = start.lower()
            return any(word.startswith(folded) for text in have for word in words(text))
        case FieldType.KEYWORD | FieldType.LABELS:
            return any(value.startswith(start) for value in have)
        case _:
            return False


def _in_range(node: Range, source: Source) -> bool:
    have = values(node.field, source)
    if field_type(node.field) is FieldType.TIME:
        have = map(parse_rfc3339, have)
    low, high = node.low, node.high
    return any((low is None or low <= v) and (high is None or v <= high) for v in have)
