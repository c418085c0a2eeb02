"""
Regular expressions that people write: those that would stop an agent are refused beforehand.

`re` tries one way after another. A repeat without limit inside of another has, on a line that
nearly matches, more ways than there are atoms. And an expression that can match nothing at all
matches between any two letters.
"""

from __future__ import annotations

import re
from re import _parser as parser  # type: ignore[attr-defined]  # only this knows what re will do
from typing import Any

MANY = 16
"""A repeat of more than so many counts as one without limit."""

_REPEATS = (parser.MAX_REPEAT, parser.MIN_REPEAT)
_POSSESSIVE = (parser.POSSESSIVE_REPEAT, parser.ATOMIC_GROUP)


def compile_own(expression: str) -> re.Pattern[str]:
    """Raises ValueError, which says what is wrong with an expression."""
    try:
        compiled = re.compile(expression)
        parsed = parser.parse(expression)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if parsed.getwidth()[0] == 0:
        raise ValueError("it matches the empty text, and so between any two letters")
    if _repeats_a_repeat(parsed, inside=False):
        raise ValueError(
            "a repeat without limit stands inside of another, which can take for ever on some "
            "lines: write it without, or make one of them possessive (`++`, `*+`)"
        )
    return compiled


def _repeats_a_repeat(parsed: Any, *, inside: bool) -> bool:
    """Whether a part that is repeated has a part that is."""
    for kind, argument in parsed:
        if kind in _REPEATS:
            low, high, body = argument
            many = high > MANY and high > low
            if (many and inside) or _repeats_a_repeat(body, inside=inside or many):
                return True
            continue
        # What gives nothing back has no second way, however often it is repeated.
        within = inside and kind not in _POSSESSIVE
        if any(_repeats_a_repeat(part, inside=within) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> list[Any]:
    """What is nested in the argument of a group, a branch or a look around."""
    if isinstance(argument, parser.SubPattern):
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for each in argument for part in _parts(each)]
    return []
