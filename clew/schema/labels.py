"""
How many labels a container may bring along: they stand in each of its documents.

What is beyond the bounds is left out, the keys first in order staying, so that a container has the
same labels whoever counts.
"""

from __future__ import annotations

from collections.abc import Iterable

LABELS, KEY_CHARACTERS, VALUE_CHARACTERS = 64, 317, 1024
"""317: the longest key that Kubernetes takes, 253 characters, a slash and 63. Values have 63."""
ALL_CHARACTERS = 4096
"""Of all keys and values together: as much again as a long line."""

Labels = tuple[tuple[str, str], ...]


def bounded_labels(labels: Iterable[tuple[str, str]]) -> Labels:
    """The labels in the order of their keys, each key once, within the bounds."""
    kept: dict[str, str] = {}
    room = ALL_CHARACTERS
    for key, value in sorted(labels):
        size = len(key) + len(value)
        if key not in kept and _fits(key, value) and size <= room and len(kept) < LABELS:
            kept[key] = value
            room -= size
    return tuple(kept.items())


def _fits(key: str, value: str) -> bool:
    # Elasticsearch's flattened fields end a key with NUL, and no store takes half a surrogate.
    if not 0 < len(key) <= KEY_CHARACTERS or len(value) > VALUE_CHARACTERS or "\0" in key + value:
        return False
    try:
        (key + value).encode()
    except UnicodeEncodeError:
        return False
    return True
