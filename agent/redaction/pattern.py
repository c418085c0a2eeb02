"""What a pattern is: how a kind of secret is found in a text, and in a key of a JSON object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SECRET = "secret"  # noqa: S105 - a group's name
"""The named group of an expression that says what is replaced; without it the whole match is."""

# How tokens of HTTP are announced. What follows is the same secret as without it.
_SCHEME = re.compile(r"(?:bearer|basic|digest|token|apikey|negotiate)\s+", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"[*xX.?•$-]+|\$?\{[\w.:-]*\}|(?-i:\$[A-Z_]+)|%[sdvq]|<[^<>]*>|\[[A-Za-z ]*\]"
    r"|(?:null|none|nil|undefined|true|false|empty|redacted|masked|hidden|filtered|n/a)",
    re.IGNORECASE,
)


def is_filled(value: str) -> bool:
    """Whether a value is more than a place kept for one: `null`, `****`, `${PASSWORD}`, `%s`."""
    return _PLACEHOLDER.fullmatch(value) is None


def as_written(secret: str) -> str:
    return secret


Find = Callable[[str], Iterator[tuple[int, int]]]
"""Where secrets stand in a text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """
    One kind of secret.

    `sieve`: expressions for `Sieve`, one of which matches every line in which something is found;
    where there are none, every line is tried. `key`: under the keys of JSON objects that it
    matches, the whole value is secret.
    `is_secret` is what its expression can't say: whether a value is more than a place for one.
    `same` gives the spellings of one secret one form, so that they get one token.
    """

    name: str
    meaning: str
    find: Find
    sieve: tuple[str, ...] = ()
    key: re.Pattern[str] | None = None
    is_secret: Callable[[str], bool] = is_filled
    same: Callable[[str], str] = as_written
    example: str = ""

    def find_value(self, key: str, value: str) -> tuple[int, int] | None:
        """Where the secret stands in the value of a key, if it is one that is secret as a whole."""
        if self.key is None or self.key.search(key) is None:
            return None
        scheme = _SCHEME.match(value)
        start = scheme.end() if scheme else 0
        return (start, len(value)) if self.is_secret(value[start:]) else None


def by_expression(
    expression: re.Pattern[str], is_secret: Callable[[str], bool] = is_filled
) -> Find:
    """Find what an expression matches, where `is_secret` says that it is what it looks like."""
    group: str | int = SECRET if SECRET in expression.groupindex else 0

    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in expression.finditer(text):
            if match[group] and is_secret(match[group]):
                yield match.span(group)

    return find
