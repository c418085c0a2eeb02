"""A log file as a source finds it: where it is, whose it is, and how it may be opened and read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clew.wire.batch import Container


class Layout(StrEnum):
    """What stands round the lines of a file."""

    RUNTIME = "runtime"  # a container runtime's frames; the first line tells which
    ENTRIES = "entries"  # no file: each line is an entry of its own
    PLAIN = "plain"  # nothing: the application wrote it, and no time stands beside its lines


@dataclass(frozen=True, slots=True)
class LogFile:
    """
    A log file under one of its names.

    It is opened beneath `root`, or where it is a link beneath one of `link_roots`
    (`agent.sources.opening`). `key` names the container in document IDs where that is no pod's.
    Of a plain file also `output` (1 is stderr) is known by its name, and whether it is `rotated`.
    """

    path: str
    container: Container
    compressed: bool
    root: str = ""
    link_roots: tuple[str, ...] = ()
    layout: Layout = Layout.RUNTIME
    key: str = ""
    output: int = 0
    rotated: bool = False

    @property
    def container_key(self) -> str:
        """
        What names the container and its restart wherever its files stand: part of document IDs, for
        ever.

        A pod's has an underscore before its first slash, and those of all other sources have none
        there (`docker/`, `mesos/`, `files/`), so that no two sources have the same.
        """
        if self.key:
            return self.key
        c = self.container
        return f"{c.namespace}_{c.pod}_{c.uid}/{c.name}/{c.restart}"
