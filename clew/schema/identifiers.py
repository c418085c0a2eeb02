"""
What counts as an ID.

Tracers and gateways write something even where there is no trace: a dash, a zero, `N/A`. Taken for
an ID, such a value would tie a whole day of unrelated lines together, so it is none, everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_PLACEHOLDERS = frozenset({"", "-", "n/a", "null", "none", "nil", "undefined", "ignored_trace"})
_ZEROS = re.compile(r"[0-]+")  # with the dashes of a UUID or of a traceparent
_SPAN = re.compile(r"[0-9a-fA-F]{16}")
_SURE = re.compile(
    r"^(?![0-]+$)(?!(?i:null|none|nil|undefined|ignored_trace)$)(?![0-9a-fA-F]{16}$)[\w.:-]+$",
    re.ASCII | re.MULTILINE,
)


def is_id(value: object) -> bool:
    """Whether a value names something: a text that is no placeholder in any case, nor all zeros."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    return text.lower() not in _PLACEHOLDERS and _ZEROS.fullmatch(text) is None


def span_like(value: str) -> bool:
    """Whether a value looks like a span's ID: 16 hexadecimal digits."""
    return _SPAN.fullmatch(value) is not None


def surely_ids(texts: Collection[str]) -> bool:
    """Whether all of them are IDs and none looks like a span's; False says nothing."""
    found = _SURE.findall("\n".join([*texts, ""]))
    return len(found) == len(texts) and "\n" not in "".join(texts)
