"""
What an embedded store keeps on the disk, and who may write it.

    <directory>/format          the version of all this, as a decimal number
    <directory>/lock            locked by the one process that writes; holds its number
    <directory>/index/          tantivy's files
    <directory>/state.sqlite    the StateStore
    <directory>/series.sqlite   the SeriesStore

The lock is the kernel's: a writer that was killed holds nothing. The format is written before
anything else, so a directory without one holds no data yet.
"""

from __future__ import annotations

import os
from pathlib import Path

from clew.runtime.errors import ClewError
from clew.runtime.folder_lock import FolderLock

FORMAT = 1


class Directory:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = path / "index"
        self.state = path / "state.sqlite"
        self.series = path / "series.sqlite"
        self._format = path / "format"

    def create(self) -> None:
        """Make the directory and write its format, unless that is done; ClewError as `check`."""
        try:
            self.index.mkdir(parents=True, exist_ok=True)
            if not self._format.exists():
                # Readers must never see half a number, nor a power cut leave one.
                fresh = self._format.with_suffix(f".{os.getpid()}")
                with fresh.open("w") as file:
                    file.write(f"{FORMAT}\n")
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(self._format)
        except OSError as error:
            raise ClewError(f"{self.path} can't hold a store: {error.strerror}") from error
        self.check()

    def check(self) -> None:
        """Raise ClewError if another version of clew wrote this; nothing there yet is fine."""
        try:
            found = self._format.read_text().strip()
        except FileNotFoundError:
            return
        except OSError as error:
            raise ClewError(f"{self._format} can't be read: {error.strerror}") from error
        if found != str(FORMAT):
            raise ClewError(
                f"{self.path} has the store format {found!r}, and this version of clew reads "
                f"{FORMAT}: run the version that wrote it, or import the logs anew into an empty "
                "directory"
            )

    def lock(self) -> FolderLock:
        """Become the one writer. Raises ClewError with the process that is it already."""
        return FolderLock(self.path, "store's writer")
