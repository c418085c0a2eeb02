"""
What a word is: said once, obeyed by both stores (docs/spec/search.md).

A word is a run of letters and digits of any script, in lower case. Everything else parts words, so
`order-1234.x` is the three words `order`, `1234`, `x`, and asking for it asks for these three in a
row: an ID is found inside a text whatever stands around it. A run longer than WORD_CHARACTERS is
cut into pieces of that length, since a store refuses a term without end.
"""

from __future__ import annotations

import re

WORD_CHARACTERS = 255
"""Lucene's own limit for a token."""

_WORD = re.compile(rf"[^\W_]{{1,{WORD_CHARACTERS}}}")


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return [word.lower() for word in _WORD.findall(text)]
