"""
Order numbers that are never given twice, also by the gateway's next life.

They are reserved in blocks, as a database's sequence does: the file holds the first number that is
not reserved. A crash skips the rest of a block, and repeats none of it.
"""

from __future__ import annotations

from pathlib import Path

from clew.demo.files import replace_file

_FIRST = 10_001
_BLOCK = 100


class OrderNumbers:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = self._end = 0

    def take(self) -> str:
        """The next number, such as `A-10423`."""
        if self._next == self._end:
            self._reserve()
        number = self._next
        self._next += 1
        return f"A-{number}"

    def _reserve(self) -> None:
        self._next = int(self._path.read_text()) if self._path.exists() else _FIRST
        self._end = self._next + _BLOCK
        replace_file(self._path, str(self._end).encode())
