"""
What a runtime wrote into log files, whatever became of them: they are opened when they are seen.

Looked at more often than the kubelet rotates, every file is seen before it is compressed, since it
stays plain for a rotation. An open file keeps no name alive, so nobody else notices.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import BinaryIO, Self

from tests.support.kubernetes.cluster import Cluster

_PLAIN = re.compile(r"\d+\.log(\.\d{8}-\d{6})?")


class Observer:
    """Of one pod. `names` are those of all its log files so far."""

    def __init__(self, cluster: Cluster, namespace: str, pod: str) -> None:
        self._cluster, self._whose = cluster, (namespace, pod)
        self._files: dict[int, BinaryIO] = {}
        self.names: set[str] = set()

    def look(self) -> list[Path]:
        """The files that there are at this moment."""
        there = self._cluster.logs_of(*self._whose)
        self.names |= {file.name for file in there}
        for file in there:
            if _PLAIN.fullmatch(file.name):
                with contextlib.suppress(FileNotFoundError):  # renamed meanwhile; seen next time
                    self._keep(file)
        return there

    def _keep(self, path: Path) -> None:
        """The inode of an open file is not given to another."""
        file = path.open("rb")
        inode = os.fstat(file.fileno()).st_ino
        if inode in self._files:
            file.close()
        else:
            self._files[inode] = file

    def written(self) -> list[bytes]:
        """All lines of all files, as they stood there."""
        lines = []
        for file in self._files.values():
            file.seek(0)
            lines += file.read().splitlines(keepends=True)
        return lines

    @property
    def rotated(self) -> list[str]:
        return [name for name in self.names if re.fullmatch(r"\d+\.log\.\d{8}-\d{6}", name)]

    @property
    def compressed(self) -> list[str]:
        return [name for name in self.names if name.endswith(".gz")]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
