"""Tell which generation stands under a path."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from enum import IntEnum

from agent.files import Sighting, damage_as_os_error
from agent.identity.book import VERSION, Book, Home, Marks
from agent.identity.content import (
    HEAD_BYTES,
    TAIL_BYTES,
    Content,
    hash_of,
    read_content,
)
from agent.sources.birth import birth_time, birth_time_of
from agent.sources.listing import SETTLED_AFTER
from agent.sources.log_file import LogFile
from agent.sources.opening import open_beneath
from clew.runtime.clock import Clock
from clew.schema.document import generation


class Original(IntEnum):
    """What became of a file that another one may be a copy of."""

    INTACT = 0
    EMPTIED = 1
    GONE = 2


class Identities:
    """The generations of plain files. Used by one thread at a time."""

    def __init__(self, book: Book, clock: Clock) -> None:
        self.book = book if book.version == VERSION else Book()
        self._clock = clock
        self._seen: set[str] = set()
        self._inodes: set[str] = set()
        self._standing: dict[str, str] = {}

    def begin(self, files: Iterable[LogFile]) -> None:
        """A look begins: at all these files, each once, the rotated ones before their live one."""
        self._seen, self._inodes, self._standing = set(), set(), {}
        for file in files:
            with suppress(OSError):  # gone since it was listed, or to be told at the look at it
                status = os.stat(file.path)  # noqa: PTH116 - for every file at every look
                self._standing[_inode(status)] = file.path

    def end(self, followed: Collection[str]) -> None:
        """A look ended: generations that were not seen in it and are not followed are forgotten."""
        book, keep = self.book, self._seen.union(followed)
        book.generations = {name: m for name, m in book.generations.items() if name in keep}
        homes = book.homes.items()
        # A generation that was not seen is looked for in its old inodes; another has left them.
        missed = keep - self._seen
        book.homes = {i: h for i, h in homes if i in self._inodes or h.generation in missed}
        keys = {marks.key for marks in book.generations.values()}
        book.counters = {key: number for key, number in book.counters.items() if key in keys}

    def look_at(self, file: LogFile) -> Sighting | None:
        """
        Which generation is under a path, and its size; None while it is empty, or may be a copy
        that is still being made. Raises OSError.
        """
        sighting = self._unchanged(file) or self._opened(file)
        if sighting is not None:
            self._seen.add(sighting.generation)
        return sighting

    def holds(self, name: str, status: os.stat_result) -> bool:
        """Whether a file that was opened is this generation, and was not emptied since its look."""
        home = self.book.homes.get(_inode(status))
        return home is not None and home.generation == name and status.st_size >= home.bytes

    def _unchanged(self, file: LogFile) -> Sighting | None:
        """Without opening it: what it was at the look before, if nothing was written since."""
        status = os.stat(file.path)  # noqa: PTH116 - for every file at every look
        home = self.book.homes.get(_inode(status))
        if home is None or not self._settled(status) or not _same_dates(home, status):
            return None
        home.path = file.path
        self._inodes.add(_inode(status))
        return Sighting(home.generation, self.book.generations[home.generation].size)

    def _opened(self, file: LogFile) -> Sighting | None:
        root = file.root or os.path.dirname(file.path)  # noqa: PTH120
        with os.fdopen(open_beneath(root, file.path, file.link_roots), "rb") as plain:
            status, born = os.fstat(plain.fileno()), birth_time(plain.fileno())
            with damage_as_os_error():
                content = read_content(plain, status.st_size, compressed=file.compressed)
                if content.size:
                    return self._tell(file, content, status, born)
        self.book.homes.pop(_inode(status), None)
        return None

    def _tell(
        self, file: LogFile, content: Content, status: os.stat_result, born: int
    ) -> Sighting | None:
        home = self._home(file, status)
        name = home.generation if home and self._lives_on(home, content, status, born) else None
        if name is not None and home is not None and self._in_doubt(home, content, status):
            self._inodes.add(_inode(status))
            return Sighting(name, content.size)
        if name is None and (file.rotated or file.compressed):
            name = self._copied(file, content)
            if name is None and self._may_become_a_copy(file, content, status):
                return None
        if name is None:
            name = self._begin_generation(file.container_key)
        self._note(name, file, content, status, born)
        return Sighting(name, content.size)

    def _home(self, file: LogFile, status: os.stat_result) -> Home | None:
        """After a reboot a file system may be another device; its inodes are the same."""
        homes = self.book.homes
        inode = _inode(status)
        if inode in homes:
            return homes[inode]
        number = inode.partition(":")[2]
        for known, home in homes.items():
            if home.path == file.path and known.partition(":")[2] == number:
                return home
        return None

    def _lives_on(self, home: Home, content: Content, status: os.stat_result, born: int) -> bool:
        if home.born and born and home.born != born:
            return False
        marks = self.book.generations[home.generation]
        if not content.continues(marks):
            return False
        # `echo 1 > f; rm f; echo 1 > f` and `echo 1 > f` twice leave the same inode and bytes.
        return not (_written_again(home, marks, content, status) and self._settled(status))

    def _in_doubt(self, home: Home, content: Content, status: os.stat_result) -> bool:
        """A write moves a file's dates before its size: what it is to be is told a little later."""
        marks = self.book.generations[home.generation]
        return _written_again(home, marks, content, status)

    def _copied(self, file: LogFile, content: Content) -> str | None:
        """The generation that a rotated file of an unknown inode is a copy of, plain or packed."""
        same = [
            (marks.number, name)
            for name, marks in self.book.generations.items()
            if marks.key == file.container_key and content.continues(marks)
        ]
        names = [name for _, name in sorted(same)]
        for name in names:
            original = Original.INTACT if name in self._seen else self._original(name)
            # A plain copy is made to empty the original; one that is gone was not copied.
            if original is Original.EMPTIED or (file.compressed and original is Original.GONE):
                return name
        # Else the original is the plain form of this file, or live, and was just copied.
        origins = {file.path.removesuffix(".gz"), _live_path(file)}
        beside = {home.generation for home in self.book.homes.values() if home.path in origins}
        return next(
            (n for n in names if n in beside and self._original(n) is Original.INTACT), None
        )

    def _may_become_a_copy(self, file: LogFile, content: Content, status: os.stat_result) -> bool:
        """Whether somebody may be copying a longer live file to this one at the moment."""
        live = _live_path(file)
        return not self._settled(status) and any(
            home.path == live and self.book.generations[home.generation].size > content.size
            for home in self.book.homes.values()
        )

    def _original(self, name: str) -> Original:
        """What became of the inode in which a generation was last seen."""
        found = Original.GONE
        for inode, home in self.book.homes.items():
            if home.generation == name:
                path = self._standing.get(inode, home.path)
                found = min(found, _original(inode, home, path))
        return found

    def _begin_generation(self, key: str) -> str:
        number = self.book.counters.get(key, 0) + 1
        self.book.counters[key] = number
        name = generation(f"{key}/{number}", b"%d" % self._clock.now())
        self.book.generations[name] = Marks(key, number)
        return name

    def _note(
        self, name: str, file: LogFile, content: Content, status: os.stat_result, born: int
    ) -> None:
        marks = self.book.generations[name]
        marks.size, marks.head_bytes = content.size, min(content.size, len(content.head))
        marks.head, marks.tail = hash_of(content.head), content.hash_before(content.size)
        self._inodes.add(_inode(status))
        self.book.homes[_inode(status)] = Home(
            name, file.path, born, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )

    def _settled(self, status: os.stat_result) -> bool:
        """
        Whether a write that came now would give a file other dates: also where they are to come
        yet, since the clock was set back.
        """
        dated = max(status.st_mtime_ns, status.st_ctime_ns)
        return abs(self._clock.now() - dated) > SETTLED_AFTER


def _original(inode: str, home: Home, path: str) -> Original:
    """What became of a home, now that it may stand under another path."""
    try:
        status, born = os.stat(path), birth_time_of(path)  # noqa: PTH116
    except OSError:
        return Original.GONE
    if _inode(status) != inode or (born and home.born and born != home.born):
        return Original.GONE
    return Original.INTACT if status.st_size >= home.bytes else Original.EMPTIED


def _inode(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def _same_dates(home: Home, status: os.stat_result) -> bool:
    found = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found == (home.bytes, home.modified, home.changed)


def _written_again(home: Home, marks: Marks, content: Content, status: os.stat_result) -> bool:
    """Whether all of a small file is as it was, and it was written to all the same."""
    small = content.size <= HEAD_BYTES + TAIL_BYTES
    return small and content.size == marks.size and status.st_mtime_ns > home.modified


def _live_path(file: LogFile) -> str:
    """Where the live file of a rotated one stands: beside it, under the name in its key."""
    folder = file.path.rpartition("/")[0]
    return f"{folder}/{file.container_key.rpartition('/')[2]}"
