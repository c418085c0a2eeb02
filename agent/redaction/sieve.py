r"""
Which lines may hold a secret: one look at many lines, many times faster than one look at each.

Keeps true: a line that a pattern could match never stays behind in the sieve. What passes is looked
at again, so that passing too much costs time and nothing else.

Lines are folded to few characters first, which makes the case of letters and the look of a digit
one, and then asked whether an expression matches anywhere:

    a-z letters   0 a digit   4 a digit from 2 to 6   : also `=` and `>`   - / _ \   space: the rest

The asking is done by the regular expressions of Rust, which come with pydantic: they tell only
whether a text matches, but look for twenty words at 4 GB/s, where `in` looks for one at 2 GB/s and
`re` is eighty times slower (measured on the lines of bench/redaction.py). No number of a
payment card begins with 0, 1, 7, 8 or 9, so the class of a digit keeps most other numbers away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic_core import SchemaValidator, core_schema

BLOCKS = (128, 16, 4, 1)
"""Lines looked at together: a block that passes is looked at in smaller ones. 128 lines of 430
bytes stay in the processor's cache while they are joined, folded and searched."""

ESCAPED = r"\\u00[04]"
"""A letter or digit that JSON has as its number: no word can be trusted to be seen where one is."""

_KEPT, _SIGNS = r"-/_\\", ":=>"
_UNESCAPED_RUN = re.compile(r"[\w .:,;!?@#$%^*()\[\]{}|~-]+", re.ASCII)


def _fold_byte(byte: int) -> str:
    letter = chr(byte)
    if byte < 128 and letter.isalnum():
        return letter.lower() if letter.isalpha() else "4" if letter in "23456" else "0"
    return letter if letter in _KEPT else ":" if letter in _SIGNS else " "


_FOLDED = "".join(map(_fold_byte, range(256))).encode("ascii")


def fold(lines: Sequence[bytes]) -> str:
    """Lines as expressions of a sieve see them, with a space around each."""
    return b"\n".join((b"", *lines, b"")).translate(_FOLDED).decode("ascii")


class Sieve:
    """Lets through the lines in which one of some expressions of Rust matches."""

    def __init__(self, expressions: Sequence[str]) -> None:
        """Without expressions everything passes."""
        self._matchers = [
            SchemaValidator(core_schema.str_schema(pattern=expression, strict=True))
            for expression in expressions
        ]

    def passes(self, folded: str) -> bool:
        """Whether anything of what is looked for may stand in folded lines."""
        for matcher in self._matchers:
            if matcher.isinstance_python(folded):
                return True
        return not self._matchers

    def places(self, lines: Sequence[bytes]) -> Iterator[int]:
        """The places of the lines that pass."""
        return self._places(lines, 0, len(lines), BLOCKS)

    def _places(
        self, lines: Sequence[bytes], begin: int, end: int, blocks: tuple[int, ...]
    ) -> Iterator[int]:
        size, *smaller = blocks
        for start in range(begin, end, size):
            stop = min(start + size, end)
            if not self.passes(fold(lines[start:stop])):
                continue
            if smaller:
                yield from self._places(lines, start, stop, tuple(smaller))
            else:
                yield start


def for_literal(literal: str) -> str:
    """
    An expression for a literal, or for the part of it that stands in JSON as it does in text.

    Some encoders escape `/`, others `=`, `<`, `>`, `&` or `'`. Empty where there is no such part.
    """
    core = max(_UNESCAPED_RUN.findall(literal), key=len, default="")
    return (
        re.escape(core.encode("ascii").translate(_FOLDED).decode("ascii")) if core.strip() else ""
    )
