"""
What the lines of a container are read as before anything is found out from them.

A pod asks for a dialect by its name; a policy has patterns of its own for text. A line that is not
written so after all is looked at like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from clew.schema.dialects.sniffing import JSON_DIALECTS
from clew.schema.dialects.text_dialect import Pairs, TextDialect, reading
from clew.schema.dialects.text_sniffing import TEXT_DIALECTS

OWN_CHARACTERS = 4096
"""Longer lines are not read by patterns of policies."""
PATTERN = "pattern"
"""The name on the wire of all dialects that policies have of their own."""

NAMES: tuple[str, ...] = tuple(
    dict.fromkeys([*(each.name for each in JSON_DIALECTS), *(each.name for each in TEXT_DIALECTS)])
)
"""What may be asked for by name."""


class Preferred(NamedTuple):
    """
    `objects` says what the names in JSON objects mean; `texts` are tried in their order.

    Where several dialects have one name, objects are still told apart among those.
    """

    objects: str = ""
    texts: tuple[TextDialect, ...] = ()


NOTHING = Preferred()


def prefer(name: str) -> Preferred:
    """The dialects of this name. Raises ValueError where there is none."""
    if name not in NAMES:
        raise ValueError(f"no dialect is called {name!r}")
    objects = name if any(each.name == name for each in JSON_DIALECTS) else ""
    return Preferred(objects, tuple(each for each in TEXT_DIALECTS if each.name == name))


def own_dialect(pattern: re.Pattern[str]) -> TextDialect:
    """A dialect of text whose values are the named groups of a pattern for the whole line."""

    def read(line: str) -> Pairs | None:
        # A pattern may take every way there is: that is bounded by what it is tried on.
        found = pattern.fullmatch(line) if len(line) <= OWN_CHARACTERS else None
        if found is None:
            return None
        return [(name, text) for name, text in found.groupdict().items() if text is not None]

    return TextDialect("", read, reading(PATTERN))


def joined(preferences: Iterable[Preferred]) -> Preferred | None:
    """Several, the first counting most; None for none."""
    found = list(preferences)
    objects = next((each.objects for each in found if each.objects), "")
    texts = tuple(dialect for each in found for dialect in each.texts)
    return Preferred(objects, texts) if objects or texts else None
