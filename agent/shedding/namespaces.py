"""Patterns of namespaces' names, as the configuration has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator

_PATTERN = re.compile(r"[a-z0-9.*?-]{1,253}", re.ASCII)


def _check(patterns: list[str]) -> list[str]:
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise ValueError(f"{pattern[:60]!r} can be no namespace; `*` and `?` may stand in it")
    return patterns


Patterns = Annotated[list[str], AfterValidator(_check)]


def named(namespace: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns names the namespace."""
    return any(fnmatchcase(namespace, pattern) for pattern in patterns)
