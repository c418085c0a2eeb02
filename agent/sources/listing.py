"""
The names in folders, read again only where they may have changed.

Keeps true: a name that stood in a folder when it was looked at is given, unless the folder says
that it did not change since it was read. A folder's dates move with every name that comes or goes,
but in steps of the kernel's clock: a folder that changed less than `SETTLED_AFTER` before it was
read may change again at the same date, and is read again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND

SETTLED_AFTER = 2 * SECOND
"""The coarsest dates that a file system of these days keeps, FAT's, are two seconds apart."""

Dates = tuple[int, int, int]


@dataclass(slots=True)
class _Known:
    dates: Dates
    names: list[str]
    paths: list[str] | None = None


class Listing:
    """The folders of one source. Used by one thread at a time."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._before: dict[str, _Known] = {}
        self._known: dict[str, _Known] = {}
        self.unreadable: dict[str, str] = {}
        """Path -> why it can't be read, since `begin`."""

    def begin(self) -> None:
        """From here on folders are looked at anew; those not asked for again are forgotten."""
        self._before, self._known, self.unreadable = self._known, {}, {}

    def folders(self) -> Iterator[str]:
        """The folders that were listed since `begin`."""
        yield from list(self._known)

    def names(self, folder: str) -> list[str]:
        """
        The sorted names in a folder: the same list again as long as they are the same. It is looked
        at once after each `begin`.

        Nothing of what is no folder, or gone. What can't be read goes into `unreadable`.
        """
        known = self._known.get(folder)
        if known is not None:
            return known.names
        try:
            status = os.stat(folder)  # noqa: PTH116 - a Path costs more than the call
            dates = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            known = self._before.get(folder)
            if known is None or known.dates != dates:
                if not S_ISDIR(status.st_mode):
                    return []
                known = self._read(folder, dates, known)
        except FileNotFoundError:
            # Gone since its parent was listed, or a link to nothing.
            if why := why_dangling(Path(folder)):
                self.unreadable[folder] = why
            return []
        except OSError as error:
            self.unreadable[folder] = error.strerror or str(error)
            return []
        self._known[folder] = known
        return known.names

    def paths(self, folder: str) -> list[str]:
        """The same names with the folder before them: made once, since most folders rest."""
        names = self.names(folder)
        known = self._known.get(folder)
        if known is None:
            return []
        if known.paths is None:
            known.paths = [f"{folder}/{name}" for name in names]
        return known.paths

    def root_names(self, root: str) -> list[str]:
        """The names in a folder that has to be there: it is unreadable if it is not."""
        names = self.names(root)
        if root not in self._known and root not in self.unreadable:
            try:
                with os.scandir(root):
                    pass
            except OSError as error:
                self.unreadable[root] = error.strerror or str(error)
        return names

    def is_folder(self, path: str) -> bool:
        """Whether a path is a folder and no link to one; False where it can't be looked at."""
        try:
            return S_ISDIR(os.lstat(path).st_mode)
        except OSError:
            return False

    def _read(self, folder: str, dates: Dates, before: _Known | None) -> _Known:
        settled = max(dates[:2]) < self._clock.now() - SETTLED_AFTER
        found = sorted(os.listdir(folder))  # noqa: PTH208 - names are all we need
        names = list(filter(is_text, found))
        if len(names) < len(found):
            settled = False  # what was said of the others has to be said again
            for name in found:
                if not is_text(name):
                    self.unreadable[f"{folder}/{name!a}"] = "its name is not UTF-8"
        read = _Known(dates if settled else (0, 0, 0), names)
        if before is not None and before.names == names:
            read.names, read.paths = before.names, before.paths
        return read


def why_dangling(path: Path) -> str:
    """What is wrong with a link that leads nowhere; empty where it does, or is gone, or is none."""
    try:
        target = str(path.readlink())
    except OSError:
        return ""
    if os.path.exists(path):  # noqa: PTH110 - Path.exists may raise
        return ""
    return (
        f"a link to nothing: {target!a} is not there (Docker keeps logs under "
        "/var/lib/docker/containers, and only links to them under /var/log/pods)"
    )


def is_text(name: str) -> bool:
    """Whether a name can go into a document: Linux allows any bytes in one."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
