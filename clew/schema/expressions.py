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

MOST_ANYTHING = 2
"""With lines of 4 KiB, two may take a fifth of a second, three minutes."""

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


def compile_line(expression: str) -> re.Pattern[str]:
    """
    The same for an expression that takes a whole line apart.

    Each `.*` may end anywhere: three of them try as many ways as a line has triples of places.
    """
    compiled = compile_own(expression)
    parsed = parser.parse(expression)
    if _count_anything(parsed) > MOST_ANYTHING:
        raise ValueError(
            f"more than {MOST_ANYTHING} repeats of `.` without limit, which take for ever on some "
            r"lines: say what a value does not have in it, such as `\S+` or `[^]]*`"
        )
    if _repeats_a_choice(parsed, inside=False):
        raise ValueError(
            "a choice (`|`) stands inside of a repeat without limit, which can take for ever on "
            "some lines: write a set such as `[ab]`, or make the repeat possessive (`++`, `*+`)"
        )
    return compiled


def _count_anything(parsed: Any) -> int:
    """How many repeats of any character there are that may give back what they took."""
    count = 0
    for kind, argument in parsed:
        if kind in _REPEATS and argument[1] > MANY and list(argument[2]) == [(parser.ANY, None)]:
            count += 1
        else:
            count += sum(map(_count_anything, _parts(argument)))
    return count


def _repeats_a_choice(parsed: Any, *, inside: bool) -> bool:
    for kind, argument in parsed:
        if kind is parser.BRANCH and inside:
            return True
        within = (inside or (kind in _REPEATS and argument[1] > MANY)) and kind not in _POSSESSIVE
        if any(_repeats_a_choice(part, inside=within) for part in _parts(argument)):
            return True
    return False


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
