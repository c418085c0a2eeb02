"""What sources have in common that find their files by listing folders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.sources.listing import Listing
from clew.runtime.clock import Clock


class Listed:
    """A source with a listing of its own; see `Source`."""

    def __init__(self, clock: Clock) -> None:
        self._listing = Listing(clock)

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Path -> why it can't be read, as of the last listing."""
        return self._listing.unreadable

    def folders(self) -> Iterator[str]:
        """Every folder that the last listing looked into."""
        return self._listing.folders()


class Rooted(Listed):
    """One whose files are all those under some roots, of one node."""

    def __init__(self, roots: list[Path], node: str, cluster: str, clock: Clock) -> None:
        super().__init__(clock)
        self._roots, self._node, self._cluster = [str(root) for root in roots], node, cluster

    def covers(self, path: str) -> bool:
        """Whether a path stands under one of the roots."""
        return any(path.startswith(f"{root}/") for root in self._roots)
