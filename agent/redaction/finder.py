"""
Find what has to go out of the texts of one line, and what comes in its place.

Keeps true: no edit touches what is protected (IDs), a token, or another edit. The patterns choose
in their order, so a secret that two of them know has one name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from agent.redaction.marks import Marks
from agent.redaction.pattern import Pattern
from agent.redaction.tokens import Tokens, is_masked, mask, token_spans

Spans = Iterable[tuple[int, int]]


class Edit(NamedTuple):
    """What stands between two places becomes a token, or asterisks."""

    start: int
    end: int
    token: str
    mask: str


class _Found(NamedTuple):
    """One secret; several edits where something in the middle of it has to stay."""

    pattern: str
    edits: list[Edit]


def nothing_protected(_: str) -> Spans:
    return ()


class Finder:
    """
    Looks for the secrets of some patterns, and counts them by the names of the patterns.

    `settled` is whether nothing would be found any more after the edits given so far: one of them
    may bare another secret.
    """

    def __init__(self, patterns: Sequence[Pattern], tokens: Tokens) -> None:
        self._patterns, self._tokens = patterns, tokens
        self.counts: Counter[str] = Counter()
        self.settled = True

    def find_edits(
        self,
        text: str,
        key: str = "",
        protected: Callable[[str], Spans] = nothing_protected,
        *,
        whole: bool = False,
    ) -> list[Edit]:
        """
        The edits of a text, in the order in which they stand.

        `key` is the key of a JSON object under which the text stands; `protected` is asked only
        where something was found. With `whole`, a part of the text is no secret.
        """
        found = self._find(text, key, protected, whole)
        if not found:
            return []
        edits = sorted(edit for each in found for edit in each.edits)
        self.counts.update(each.pattern for each in found)
        if self._find(apply_edits(text, edits), key, protected, whole):
            self.settled = False
        return edits

    def _find(
        self, text: str, key: str, protected: Callable[[str], Spans], whole: bool
    ) -> list[_Found]:
        matches = [
            (pattern, span)
            for pattern in self._patterns
            for span in _spans(pattern, key, text)
            if not whole or span == (0, len(text))
        ]
        if not matches:
            return []
        marks = Marks(len(text), [*token_spans(text), *protected(text)])
        found = []
        for pattern, (start, end) in matches:
            edits = [self._edit(pattern, text[a:b], a, b) for a, b in marks.free(start, end)]
            marks.take(start, end)
            if edits := [edit for edit in edits if not is_masked(text[edit.start : edit.end])]:
                found.append(_Found(pattern.name, edits))
        return found

    def _edit(self, pattern: Pattern, secret: str, start: int, end: int) -> Edit:
        token = self._tokens.make(pattern.name, pattern.same(secret))
        return Edit(start, end, token, mask(secret))


def _spans(pattern: Pattern, key: str, text: str) -> Spans:
    whole = pattern.find_value(key, text) if key else None
    return [*pattern.find(text), *([whole] if whole else [])]


def apply_edits(text: str, edits: Sequence[Edit], *, masked: bool = False) -> str:
    """The text after its edits, which stand in order and do not touch each other."""
    parts: list[str] = []
    behind = 0
    for edit in edits:
        parts += (text[behind : edit.start], edit.mask if masked else edit.token)
        behind = edit.end
    return "".join(parts) + text[behind:]
