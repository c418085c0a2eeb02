"""
The IDs of transactions and traces that this node has seen a failure of.

Keeps true: an ID is known from the moment a line with it failed until `most` others were noted or
met after it. It is kept as a hash: two IDs that share one are both spared, none is ever left out
for it. Nothing is on disk: after a restart errors have to be seen anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable


class SeenErrors:
    """A bounded set, the least recently used goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._hashes: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, identifiers: Iterable[str]) -> None:
        """An empty text is no ID."""
        for identifier in identifiers:
            if identifier:
                self._hashes[hash(identifier)] = None
                self._hashes.move_to_end(hash(identifier))
        while len(self._hashes) > self._most:
            self._hashes.popitem(last=False)

    def has(self, identifier: str) -> bool:
        """Whether it was seen; then it is of use, and stays longer."""
        key = hash(identifier)
        if not identifier or key not in self._hashes:
            return False
        self._hashes.move_to_end(key)
        return True
