"""Collect what is logged as canonical lines, whichever thread logs it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clew_logging import CanonicalFormatter
from tests.support.canonical import decode


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(CanonicalFormatter())
        self.written: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(decode(self.format(record)))


@contextmanager
def logged(name: str) -> Iterator[list[dict[str, Any]]]:
    """The lines of a logger, and of those below it, while it lasts."""
    log, lines = logging.getLogger(name), _Lines()
    level = log.level
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    try:
        yield lines.written
    finally:
        log.setLevel(level)
        log.removeHandler(lines)
