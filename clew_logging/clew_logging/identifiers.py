"""
What counts as an ID, and what of it may come from a stranger.

A header is anybody's to write. An ID from one is taken if it is printable and of bounded length;
placeholders such as `-`, `0` or `N/A` are no IDs, since they would tie unrelated lines together.
"""

from __future__ import annotations

import re

from clew_logging.bounds import ID_CHARACTERS

_HEADER = re.compile(r"[!-+\--~]{1,128}")
"""All that can be seen of ASCII but the comma, by which proxies join headers that come twice."""
_ZEROS = re.compile(r"[0-]+")
_PLACEHOLDERS = frozenset({"-", "n/a", "null", "none", "nil", "undefined", "ignored_trace"})


def is_id(text: str) -> bool:
    """As clew has it: printable, not too long, no placeholder, nor all zeros."""
    return (
        0 < len(text) <= ID_CHARACTERS
        and text.isprintable()
        and text == text.strip()
        and text.lower() not in _PLACEHOLDERS
        and _ZEROS.fullmatch(text) is None
    )


def fits_header(text: str) -> bool:
    """Whether an ID can be written into a header as it is."""
    return _HEADER.fullmatch(text) is not None


def id_of_header(value: str | None) -> str | None:
    """The ID that a header brings; None where it brings none, or one that is not to be trusted."""
    text = (value or "").strip(" \t")
    return text if fits_header(text) and is_id(text) else None
