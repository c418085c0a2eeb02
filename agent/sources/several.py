"""Several sources as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent.sources.log_file import LogFile
from agent.sources.source import Source


class Several:
    """What all of some sources have; see `Source`."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    @property
    def unreadable(self) -> Mapping[str, str]:
        return {path: why for each in self._sources for path, why in each.unreadable.items()}

    def files(self) -> Iterator[LogFile]:
        for source in self._sources:
            yield from source.files()

    def covers(self, path: str) -> bool:
        return any(source.covers(path) for source in self._sources)

    def folders(self) -> Iterator[str]:
        for source in self._sources:
            yield from source.folders()
