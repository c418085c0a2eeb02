"""Patterns of names as policies have them: `*` stands for anything, `?` for one character."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate

ALL = "*"
PATTERN_CHARACTERS = 256


def compile_patterns(patterns: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    """What matches, from the first character to the last, the names that one of them stands for."""
    # fnmatch's way to write `*` gives nothing back, so no pattern can take for ever.
    alternatives = [translate(pattern.replace("[", "[[]")) for pattern in patterns]
    return re.compile("|".join(alternatives) or r"(?!)", flags)
