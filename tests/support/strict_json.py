"""
JSON as the strictest of our readers takes it: Elasticsearch, with duplicate keys forbidden.

Stricter than `json.loads`: no key stands twice in any object, no NaN, no number that is none in a
double, no half of a surrogate pair, nothing before or after the one value.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any


def load_strictly(text: bytes) -> Any:
    """The value in a JSON text. Raises ValueError."""
    value = json.loads(
        text.decode(),
        object_pairs_hook=_object,
        parse_float=_float,
        parse_constant=_constant,
    )
    json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    return value


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError(f"a key stands twice among {[name for name, _ in members]}")
    return found


def _float(text: str) -> float:
    if not isfinite(float(text)):
        raise ValueError(f"out of range: {text}")
    return float(text)


def _constant(text: str) -> Any:
    raise ValueError(f"not JSON: {text}")
