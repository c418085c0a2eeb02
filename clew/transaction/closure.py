"""
All lines an ID leads to, and where that ends.

    the ID -> lines that carry it -> the traces of those -> all lines of those traces; no further

Only a line that has the ID as the *value of a field or a label* leads on. A line that merely
mentions it in its text belongs to the answer, but its trace is offered, not followed: a nightly
report that lists ten thousand orders must not tie them together. For the same reason an ID with
more than HUB_TRACES traces is a hub: its traces are told, and none is fetched. So is one that no
line carries and that lines of more than HUB_TRACES traces mention.

A Closure does no input or output: it says what it wants and is fed.

    closure = Closure("order-17")
    while (wanted := closure.wanted()) is not None:
        closure.feed(every document of both collections that matches `wanted`)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from clew.schema.document import Collection
from clew.schema.fields import ID_FIELDS, TEXT_FIELDS, TRACE
from clew.schema.identifiers import is_id
from clew.search.evaluation import LABEL, values
from clew.search.nodes import Node, Or, Term, Words
from clew.transaction.model import Line, Source
from clew.transaction.order import place

HUB_TRACES = 20
"""A business transaction is a handful of requests; a batch, a job or a user has hundreds."""

Found = tuple[str, Collection, Source]
"""A document: its ID, where it is kept, its source."""

_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]{16,}")
_LETTER = r"[^\W_]"  # or digit: what words are made of


class Closure:
    """
    The lines of one ID; complete when `wanted` returns None.

    `matched` names the fields that have the ID as their value or contain it. `trace_ids` are
    followed unless `hub`; `offered_trace_ids` never are.
    """

    def __init__(self, identifier: str) -> None:
        self.id = identifier.strip()
        self.lines: list[Line] = []
        self.matched: list[str] = []
        self.trace_ids: list[str] = []
        self.offered_trace_ids: list[str] = []
        self._spellings = _spellings(self.id)
        self._mention = _mention(self._spellings)
        self._looked = self._carried = False
        self._wanted = (
            _any_of([Words(each) for each in self._spellings]) if is_id(self.id) else None
        )

    @property
    def hub(self) -> bool:
        reached = self.trace_ids if self._carried else self.offered_trace_ids
        return len(reached) > HUB_TRACES

    def wanted(self) -> Node | None:
        """What to feed next, out of both collections; None when all is known."""
        return self._wanted

    def feed(self, found: Iterable[Found]) -> None:
        """Take every answer to what was wanted, in any order; more than was wanted does no harm."""
        ordered = sorted(_once(found), key=lambda each: place(each[2]))
        if self._looked:
            self._link(ordered)
        else:
            self._look(ordered)

    def _look(self, found: list[Found]) -> None:
        """The first look: which lines have the ID, and which traces they lead to or offer."""
        matched: set[str] = set()
        followed: dict[str, None] = {}
        offered: dict[str, None] = {}
        for document, collection, source in found:
            carrying, mentioning = self._carrying(source), self._mentioning(source)
            self._carried |= bool(carrying)
            if carrying or mentioning:
                matched.update(carrying, mentioning)
                traces = followed if carrying else offered
                traces.update(dict.fromkeys(filter(is_id, values(TRACE, source))))
                self.lines.append(_line(document, collection, source, direct=True))
        self.matched = sorted(matched, key=_telling)
        self.trace_ids = list(followed)
        self.offered_trace_ids = [trace for trace in offered if trace not in followed]
        self._looked = True
        # Where the ID is a trace's own, all its lines were found by it already.
        follow = tuple(trace for trace in self.trace_ids if trace not in self._spellings)
        self._wanted = Term(TRACE, follow) if follow and not self.hub else None

    def _link(self, found: list[Found]) -> None:
        direct = {line.id for line in self.lines}
        self.lines += [
            _line(document, collection, source, direct=False)
            for document, collection, source in found
            if document not in direct and any(t in self.trace_ids for t in values(TRACE, source))
        ]
        self._wanted = None

    def _carrying(self, source: Source) -> list[str]:
        """The ID fields and the labels that have the ID as their value."""
        names = (*ID_FIELDS, *(LABEL + key for key in source.get("labels", ())))
        return [name for name in names if self._has(values(name, source))]

    def _has(self, found: Iterable[Any]) -> bool:
        return any(value in self._spellings for value in found)

    def _mentioning(self, source: Source) -> list[str]:
        """The text fields that contain the ID: as it is written, where an index knows words."""
        return [
            name
            for name in TEXT_FIELDS
            if any(self._mention.search(text) for text in values(name, source))
        ]


def _once(found: Iterable[Found]) -> list[Found]:
    """Of a line that is just coming out of quarantine there are two documents: that of the logs."""
    documents: dict[str, Found] = {}
    for each in found:
        if each[0] not in documents or each[1] is Collection.LOGS:
            documents[each[0]] = each
    return list(documents.values())


def _spellings(identifier: str) -> tuple[str, ...]:
    """Hexadecimal IDs are written in lower case by W3C's rule, and in upper case by some tools."""
    if _HEXADECIMAL.fullmatch(identifier) is None:
        return (identifier,)
    return tuple(dict.fromkeys((identifier, identifier.lower())))


def _mention(spellings: tuple[str, ...]) -> re.Pattern[str]:
    """The ID as a whole: `7-12` is in `(7-12)`, and not in `17-12` or `7-123`."""
    before = f"(?<!{_LETTER})" if re.match(_LETTER, spellings[0][:1]) else ""
    after = f"(?!{_LETTER})" if re.match(_LETTER, spellings[0][-1:]) else ""
    return re.compile(f"{before}(?:{'|'.join(map(re.escape, spellings))}){after}")


def _any_of(nodes: list[Words]) -> Node:
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def _telling(name: str) -> tuple[int, str]:
    """ID fields first, the most telling before the others, then labels, then texts."""
    if name in ID_FIELDS:
        return ID_FIELDS.index(name), name
    return len(ID_FIELDS) + (name in TEXT_FIELDS), name


def _line(document: str, collection: Collection, source: Source, *, direct: bool) -> Line:
    quarantined = collection is Collection.QUARANTINE
    return Line(document, source, "direct" if direct else "linked", quarantined)
