"""
What counts as an ID.

Tracers and gateways write something even where there is no trace: a dash, a zero, `N/A`. Taken for
an ID, such a value would tie a whole day of unrelated lines together, so it is none, everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_WORDS = (
    "null", "none", "nil", "undefined", "ignored_trace", "true", "false", "unknown", "unset", "nan",
    "na", "enabled", "disabled",
)  # fmt: skip
_PLACEHOLDERS = frozenset({"", "-", "n/a", *_WORDS})
_FIRST = frozenset("$%{}<>()[]-*\"'")
"""What an ID does not begin with, and a pattern that nobody filled in does: `${ctx:traceId}`."""
_ZEROS = re.compile(r"[0-]+")  # with the dashes of a UUID or of a traceparent
_SPAN = re.compile(r"[0-9a-fA-F]{16}")
_PREFIX = re.compile(r"0[xX](?=[0-9a-fA-F]+$)|[Tt][Ii][Dd]:\s*|projects/[^/]+/traces/")
_HEX = re.compile(r"(?=[0-9]*[a-fA-F])[0-9a-fA-F]{16,32}")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-((?!0+-)[0-9a-f]{32})-((?!0+-)[0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?", re.ASCII
)
_SURE = re.compile(
    rf"^(?![0-]+$)(?!(?i:{'|'.join(_WORDS)})$)(?!-)(?![0-9a-fA-F]{{16}}$)[\w.:-]+$",
    re.ASCII | re.MULTILINE,
)


def is_id(value: object) -> bool:
    """Whether a value names something: a text that is no placeholder in any case, nor all zeros."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    if text.lower() in _PLACEHOLDERS or text[0] in _FIRST:
        return False
    return _ZEROS.fullmatch(text) is None


def span_like(value: str) -> bool:
    """Whether a value looks like a span's ID: 16 hexadecimal digits."""
    return _SPAN.fullmatch(value) is not None


def normalise_id(text: str) -> str:
    """
    An ID as its other services write it: without what a logger puts before it, hexadecimal in
    small letters, and with the leading zeros of a trace that some tracers leave out.

    Digits alone stay as they are: they may be a decimal number. All else is opaque.
    """
    bare = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    if _HEX.fullmatch(bare) is None:
        return bare
    small = bare.lower()
    return small if len(small) == 16 else small.rjust(32, "0")


def parse_traceparent(text: str) -> tuple[str, str] | None:
    """
    The trace and the calling span of a `traceparent` header, of this and of later versions.

    https://www.w3.org/TR/trace-context/#traceparent-header
    """
    found = _TRACEPARENT.fullmatch(text)
    return None if found is None else (found[1], found[2])


def surely_ids(texts: Collection[str]) -> bool:
    """Whether all of them are IDs and none looks like a span's; False says nothing."""
    found = _SURE.findall("\n".join([*texts, ""]))
    return len(found) == len(texts) and "\n" not in "".join(texts)
