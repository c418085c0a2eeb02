"""
The search language: text -> a tree of nodes (docs/search-language.md).

    any      = all ("OR" all)*
    all      = not ("AND"? not)*
    not      = ("NOT" | "-" | "!") not | clause
    clause   = "(" any ")" | field operator value | value
    value    = bare | "quoted" | "(" any ")"        inside it, clauses are values of the field
    operator = ":" | ">" | ">=" | "<" | "<="

What a person pastes is read as text wherever it can't be meant otherwise: `:` makes a field only
after something that looks like a name, and inside a value it is a character like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from clew.search.conditions import Asked, Value, condition, existence, free_text
from clew.search.errors import SearchError
from clew.search.nodes import And, Everything, Node, Not, Or

__all__ = ["SearchError", "parse"]

MAXIMUM_DEPTH = 50
"""Nobody nests deeper by hand; each level costs the stores a level of recursion."""

MAXIMUM_CLAUSES = 1024
"""Lucene's own limit for the clauses of one query."""

_SPACE = re.compile(r"\s*")
_KEYWORD = re.compile(r"(AND|OR|NOT)(?=[\s()\"]|\Z)")
_MINUS = re.compile(r"[-!](?=[^\s)])")
_FIELD = re.compile(r"((?:[^\W\d]|@)[\w.@/-]*)(:(?!//)|\s*(?:[<>]=?))")  # http://... is no field
_BARE = re.compile(r"[^\s()\"]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\])")


def parse(text: str, now: int = 0) -> Node:
    """
    What a text asks for; empty or `*`: everything. Raises SearchError and nothing else.

    `now` (Unix nanoseconds) is what a relative time such as `@timestamp>=now-1h` is counted from.
    """
    return _Parser(text, now).whole()


class _Parser:
    """One reading of one text, from left to right, without going back."""

    def __init__(self, text: str, now: int) -> None:
        self._text, self._now = text, now
        self._at = 0
        self._depth = 0
        self._clauses = 0

    def whole(self) -> Node:
        if not self._text.strip():
            return Everything()
        node = self._any(None)
        if self._at < len(self._text):
            raise SearchError("this `)` closes nothing", self._at)
        return node

    def _any(self, field: Asked | None) -> Node:
        nodes = [self._all(field)]
        while self._take_keyword("OR"):
            nodes.append(self._all(field))
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _all(self, field: Asked | None) -> Node:
        nodes = [self._not(field)]
        while self._take_keyword("AND") or not self._at_end_of_all():
            nodes.append(self._not(field))
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _not(self, field: Asked | None) -> Node:
        if self._take_keyword("NOT") or self._take(_MINUS):
            with self._nested():
                return Not(self._not(field))
        return self._clause(field)

    def _clause(self, field: Asked | None) -> Node:
        self._count_clause()
        group = self._group(field)
        if group is not None:
            return group
        named = self._take(_FIELD) if field is None else None
        if named is not None:
            return self._value(Asked(named[1], named.start(), named[2].strip()))
        return self._meaning(field, self._take_value(field))

    def _value(self, field: Asked) -> Node:
        """The value of a field, or several in parentheses."""
        if self._peek() == "(" and field.operator != ":":
            raise SearchError(f"`{field.name}{field.operator}` takes one value", self._at)
        return self._group(field) or self._meaning(field, self._take_value(field))

    def _group(self, field: Asked | None) -> Node | None:
        if self._peek() != "(":
            return None
        opened = self._at
        self._at += 1
        if self._peek() == ")":
            raise SearchError("there is nothing in these parentheses", opened)
        with self._nested():
            node = self._any(field)
        if self._peek() != ")":
            raise SearchError("this `(` is never closed", opened)
        self._at += 1
        return node

    def _meaning(self, field: Asked | None, value: Value) -> Node:
        if field is None:
            return free_text(value)
        if field.name == "_exists_" and field.operator == ":":
            return existence(value)
        return condition(field, value, self._now)

    def _take_value(self, field: Asked | None) -> Value:
        """The next bare word, taken as it stands, or what is in quotes."""
        if self._peek() == '"':
            return self._take_quoted()
        # Right after its operator AND may be a value, but who types `level: AND x` forgot one.
        bare = None if _KEYWORD.match(self._text, self._at) else self._take(_BARE)
        if bare is None:
            after = "" if field is None else f" after `{field.name}{field.operator}`"
            raise SearchError(f"a value is missing{after}", self._at)
        return Value(bare[0], bare.start())

    def _take_quoted(self) -> Value:
        opened = self._at
        quoted = self._take(_QUOTED)
        if quoted is None:
            raise SearchError("this quote is never closed", opened)
        return Value(_ESCAPED.sub(r"\1", quoted[1]), opened, quoted=True)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self._skip_space()
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _take_keyword(self, keyword: str) -> bool:
        self._skip_space()
        match = _KEYWORD.match(self._text, self._at)
        if match is None or match[1] != keyword:
            return False
        self._at = match.end()
        return True

    def _at_end_of_all(self) -> bool:
        ahead = self._peek()
        keyword = _KEYWORD.match(self._text, self._at)
        return ahead in ("", ")") or (keyword is not None and keyword[1] == "OR")

    def _peek(self) -> str:
        self._skip_space()
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = self._at if space is None else space.end()

    def _count_clause(self) -> None:
        self._clauses += 1
        if self._clauses > MAXIMUM_CLAUSES:
            raise SearchError(f"there are more than {MAXIMUM_CLAUSES} conditions", self._at)

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise SearchError(f"this is nested more than {MAXIMUM_DEPTH} levels deep", self._at)
        yield
        self._depth -= 1
