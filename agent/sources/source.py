"""What every source of log files can do; `tests/contracts/source.py` has it as a suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from agent.sources.log_file import LogFile


class Source(Protocol):
    @property
    def unreadable(self) -> Mapping[str, str]:
        """Path -> why it can't be read, as of the last listing."""
        ...

    def files(self) -> Iterator[LogFile]:
        """
        Every log file there is now, the rotated ones of a container before its live one.

        Raises nothing: what can't be listed is in `unreadable` once the listing is through. As long
        as nothing changes a listing gives the same objects again, and costs about a `stat` for each
        folder.
        """
        ...

    def covers(self, path: str) -> bool:
        """Whether a file of this path would be one of this source's."""
        ...

    def folders(self) -> Iterator[str]:
        """
        The folders in which the last listing looked for names: a new, renamed or deleted file shows
        in one of them. Who watches them may look sooner; none has to be watched.
        """
        ...
