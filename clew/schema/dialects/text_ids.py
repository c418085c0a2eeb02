"""
IDs in text: behind their names, and in the brackets of Micrometer and Sleuth.

What is found is copied, and stays where it stands too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from msgspec import UNSET

from clew.schema.identifiers import is_id, normalise_id
from clew.schema.record import LABELS, Record

_SEPARATOR = r"[\"']?\s*[:=]\s*[\"']?"
_VALUE = r"(n/a|[0-9A-Za-z][0-9A-Za-z_.-]{0,127})"  # N/A is no ID, and neither is its N


class _NamedId:
    """
    An ID behind its name, in any case of letters.

    In small letters, a word that begins every such name is found tens of times faster than by a
    pattern that takes both cases; most texts have no such word.
    """

    def __init__(self, words: tuple[str, ...], rest: str, *, of_tracer: bool = False) -> None:
        self._words, self._of_tracer = words, of_tracer
        behind = f"{rest}{_SEPARATOR}{_VALUE}"
        self._any_case = re.compile(rf"\b(?:{'|'.join(words)}){behind}", re.IGNORECASE)
        # The boundary is looked at behind a word, so that the search is one for the word.
        bounded = "|".join(rf"{word}(?<!\w{word})" for word in words)
        self._small = re.compile(f"(?:{bounded}){behind.lower()}")

    def find(self, text: str, small: str | None) -> str:
        """The ID, or nothing; `small` is an ASCII text in small letters."""
        if small is None:
            match = self._any_case.search(text)
        elif any(map(small.__contains__, self._words)):
            match = self._small.search(small)
        else:
            return ""
        # Sentences end with a dot, IDs don't.
        value = text[match.start(1) : match.end(1)].rstrip(".-_") if match else ""
        value = normalise_id(value) if self._of_tracer else value
        return value if is_id(value) and _COLUMN.fullmatch(value) is None else ""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where values stand behind the name, with it: one of them is the ID, if there is one."""
        return (match.span() for match in self._any_case.finditer(text))


_TRACE = _NamedId(("trace",), "[._-]?id", of_tracer=True)
_SPAN = _NamedId(("span",), "[._-]?id", of_tracer=True)
_TRANSACTION = _NamedId(("transaction", "tx"), "[._-]?id")
_ORDER = _NamedId(("order",), "[._-]?(?:id|number|no)")
_NAMED = (_TRACE, _SPAN, _TRANSACTION, _ORDER)
# Micrometer writes [<trace>-<span>], Sleuth [application,<trace>,<span>,...].
_BRACKETED = re.compile(r"\[(?:[\w.-]*,)?([0-9a-f]{32}|[0-9a-f]{16})[-,]([0-9a-f]{16})[\],]")
_COLUMN = re.compile(r"[a-zA-Z]\w*\.[a-zA-Z_]+", re.ASCII)
"""`o1_0.id`: what SQL says behind a name that looks like one of an ID."""
_MARKS = re.compile(r"trace|span|transaction|tx|order|\[[\w.-]*,?[0-9a-f]{16}", re.IGNORECASE)


def may_have_ids(text: str) -> bool:
    """
    Whether an ID may stand in a text, or in one of the lines of a text.

    Quick, since nearly every text is asked; a letter outside ASCII may be a small one of a name.
    """
    if not text.isascii():
        return _MARKS.search(text) is not None
    small = text.lower()
    named = "trace" in small or "span" in small or "tx" in small or "order" in small
    return named or "transaction" in small or _BRACKETED.search(text) is not None


def find_ids(record: Record, text: str) -> None:
    """Copy the IDs that stand in a text into the record, where it has none."""
    if not may_have_ids(text):
        return
    bracketed = _BRACKETED.search(text)
    if bracketed is not None and record.trace is UNSET and is_id(bracketed[1]):
        record.trace, record.span = bracketed.groups()
    small = text.lower() if text.isascii() else None
    if record.trace is UNSET or bracketed is not None:
        record.trace = _TRACE.find(text, small) or record.trace
    if record.span is UNSET or bracketed is not None:
        record.span = _SPAN.find(text, small) or record.span
    if record.transaction is UNSET:
        record.transaction = _TRANSACTION.find(text, small) or UNSET
    order = _ORDER.find(text, small)
    if order and record.labels is UNSET:
        record.labels = {"order_id": order}
    elif order and record.labels is not UNSET and len(record.labels) < LABELS:
        record.labels.setdefault("order_id", order)


def id_spans(text: str) -> list[tuple[int, int]]:
    """Where a text has to stay as it is for `find_ids` to find the same."""
    if not may_have_ids(text):
        return []
    spans = [match.span() for match in _BRACKETED.finditer(text)]
    return [*spans, *chain.from_iterable(each.spans(text) for each in _NAMED)]
