"""
What may have been written and deleted while no agent looked.

    known from the checkpoint, and never found again            a gap of at least the unread bytes?
    ---------------------------------------------------------   ---------------------------------
    not all that was seen of it was read                        yes
    it had the name of a live file                              yes, also of 0 bytes
    that, and was seen beside the log of a later restart        no: nobody wrote to it any more
    rotated, plain or compressed, and read to its end           no: nobody writes to those
    known from the outbox alone, which does not say its size    yes, also of 0 bytes
    seen without a name, and quiet or its folder gone           no: its writer was gone first
    ---------------------------------------------------------
    a number of a restart between one that the checkpoint       yes, of 0 bytes, for each number:
    knows and one that is there now                             a kubelet counts every start

Nothing is said of containers that the checkpoint does not know, since nobody can tell them from
those that never were; nor where no checkpoint could be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from agent.accounts import container_of
from agent.sources.log_file import Layout, LogFile

NUMBERS_TOLD = 100
"""Of restarts in one gap between numbers: a number may also be a misread one."""


def is_live(file: LogFile) -> bool:
    """Whether its name is one that a container writes to; a rotated file has another."""
    if file.compressed or file.rotated:
        return False
    return file.layout is Layout.PLAIN or file.path.endswith(".log")


def last_restarts(files: Iterable[LogFile]) -> dict[str, int]:
    """The highest number of a restart of each container, where those are counted."""
    last: dict[str, int] = {}
    for file in files:
        if not file.key and file.layout is Layout.RUNTIME:
            name = container_of(file)
            last[name] = max(file.container.restart, last.get(name, 0))
    return last


class Restarts:
    """The restarts of each container that a checkpoint knows."""

    def __init__(self, known: Iterable[LogFile]) -> None:
        self._last = last_restarts(known)

    def skipped(self, found: Iterable[LogFile]) -> Iterator[LogFile]:
        """The live files that there must have been of restarts nobody ever saw."""
        numbers: dict[str, dict[int, LogFile]] = {}
        for file in found:
            name = container_of(file)
            if name in self._last:
                numbers.setdefault(name, {})[file.container.restart] = file
        for name, files in numbers.items():
            last = max(files)
            missing = [n for n in range(self._last[name] + 1, last) if n not in files]
            for number in missing[-NUMBERS_TOLD:]:
                yield _with_restart(files[last], number)


def _with_restart(file: LogFile, number: int) -> LogFile:
    folder = file.path.rpartition("/")[0]
    container = msgspec.structs.replace(file.container, restart=number)
    return replace(file, path=f"{folder}/{number}.log", container=container, compressed=False)
