"""
Fields -> one canonical line: a flat JSON object, compact, each key once.

A line is never longer than what becomes a record. If it were, its long texts are cut to what is
still much to read, and its labels end where their room ends: both say so.
"""

from __future__ import annotations

import json
from typing import Union

from clew_logging.bounds import LABELS_FIELD, LINE_BYTES, LONG_TEXTS
from clew_logging.labels import LEFT_OUT
from clew_logging.texts import cut

Line = dict[str, Union[str, int, dict[str, str]]]

# A character is at most six bytes of JSON. Three texts of 32 KiB characters are then 576 KiB, the
# labels 256, all other fields together 150.
_TEXT_CHARACTERS = 32 * 1024
_LABELS_BYTES = 256 * 1024


# Made once: `json.dumps` would make another one for each line.
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(line: Line) -> str:
    """Takes texts without half surrogate pairs."""
    # JSON has six letters for a control character, UTF-8 four bytes for any other.
    if sum(len(value) for value in line.values() if isinstance(value, str)) < LINE_BYTES:
        text = _dump(line)
        if len(text) < LINE_BYTES // 4 or len(text.encode()) <= LINE_BYTES:
            return text
    return _dump(_shortened(line))


def _shortened(line: Line) -> Line:
    short = dict(line)
    for name in LONG_TEXTS:
        text = short.get(name)
        if isinstance(text, str):
            short[name] = cut(text, _TEXT_CHARACTERS)
    labels = short.get(LABELS_FIELD)
    if isinstance(labels, dict):
        short[LABELS_FIELD] = _first(labels)
    return short


def _first(labels: dict[str, str]) -> dict[str, str]:
    """As many as there is room for."""
    kept: dict[str, str] = {}
    room = _LABELS_BYTES
    for name, text in labels.items():
        room -= len(_dump({name: text}).encode())
        if room < 0:
            # The last of them all may be the count of what had found no room before.
            before = int(labels[LEFT_OUT]) - 1 if LEFT_OUT in labels else 0
            return {**kept, LEFT_OUT: str(len(labels) - len(kept) + before)}
        kept[name] = text
    return kept
