"""
Which files there are, and which follower follows each: the agent's view of its trees.

Keeps true: a file is followed once, whatever names it has; a follower outlives renames and the
kubelet's compression; a file that is gone before its end was read leaves a gap in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent import events
from agent.checkpoint import State
from agent.files import Head, read_head, size
from agent.follower import Follower
from agent.ledger import Gap, GapReason, Ledger
from agent.tree import LogFile, Tree

LOOKS_BEFORE_GONE = 2
"""A file that is renamed while its folder is listed can be missed once."""


class Watch:
    """The followers, by generation. Used by one thread at a time."""

    def __init__(self, tree: Tree, state: State) -> None:
        self._tree = tree
        self._remembered = dict(state.files)
        self._ledger: Ledger = state.ledger
        self._by_inode: dict[tuple[int, int], str] = {}
        self.followers: dict[str, Follower] = {}
        self.unreadable: dict[str, str] = {}

    def look(self, now: float) -> None:
        """List the trees; find new files, renamed ones and those that are gone."""
        seen: set[str] = set()
        inodes: dict[tuple[int, int], str] = {}
        unreadable: dict[str, str] = {}
        for file in self._tree.files():
            try:
                self._see(file, seen, inodes, now)
            except FileNotFoundError:
                continue  # renamed or deleted since the folder was listed
            except OSError as error:
                unreadable[file.path] = error.strerror or str(error)
        self._by_inode = inodes
        self.unreadable = unreadable | self._tree.unreadable
        self._drop_gone(seen)
        events.looked(len(self.followers), self.unread_bytes, self.unreadable)

    @property
    def unread_bytes(self) -> int:
        return sum(follower.unread_bytes for follower in self.followers.values())

    def state(self) -> State:
        """What goes into the checkpoint. Files not found again yet are remembered as they were."""
        files = dict(self._remembered)
        files |= {name: follower.progress() for name, follower in self.followers.items()}
        return State(files, self._ledger)

    def forget_inode(self, follower: Follower) -> None:
        """Look at the name of this file again: it turned out to be another one."""
        self._by_inode = {k: v for k, v in self._by_inode.items() if v != follower.generation}

    def _see(
        self, file: LogFile, seen: set[str], inodes: dict[tuple[int, int], str], now: float
    ) -> None:
        status = Path(file.path).stat()
        inode = (status.st_dev, status.st_ino)
        current = size(file)
        follower = self.followers.get(self._by_inode.get(inode, ""))
        if follower is None or current < follower.size:
            follower = self._identify(file)
        if follower is None:
            return
        inodes[inode] = follower.generation
        if follower.generation in seen:
            return  # the same bytes under a second name, plain and compressed
        seen.add(follower.generation)
        follower.file = file
        follower.missed_looks = 0
        follower.saw_size(current, now)

    def _identify(self, file: LogFile) -> Follower | None:
        head = read_head(file)
        if head is None:
            return None
        known = self.followers.get(head.generation)
        if known is None:
            known = self._follow(file, head)
        return known

    def _follow(self, file: LogFile, head: Head) -> Follower:
        progress = self._remembered.pop(head.generation, None)
        follower = Follower(file, head, progress)
        self.followers[head.generation] = follower
        return follower

    def _drop_gone(self, seen: set[str]) -> None:
        for name, follower in list(self.followers.items()):
            if name in seen:
                continue
            follower.missed_looks += 1
            if follower.missed_looks >= LOOKS_BEFORE_GONE and not self._hidden(follower.file.path):
                del self.followers[name]
                self._note_gap(
                    follower.file.container_key,
                    follower.file.path,
                    follower.position.offset,
                    follower.size,
                )
        for name, progress in list(self._remembered.items()):
            # Not found by the first look after a start: it went while no agent ran.
            if self._tree.covers(progress.path) and not self._hidden(progress.path):
                del self._remembered[name]
                self._note_gap(
                    progress.container, progress.path, progress.position.offset, progress.size
                )

    def _hidden(self, path: str) -> bool:
        """Whether a file may still be there, under a path that can't be read at present."""
        return any(path == other or path.startswith(f"{other}/") for other in self.unreadable)

    def _note_gap(self, container: str, path: str, start: int, end: int) -> None:
        if end <= start:
            return
        reason = GapReason.TRUNCATED if Path(path).exists() else GapReason.DELETED
        gap = Gap(container, path, start, end, reason)
        self._ledger.add_gap(gap)
        events.gap_found(gap)

    def in_order(self, first: int) -> Iterator[Follower]:
        """Every follower once, beginning with the `first`, so that no file is always last."""
        followers = list(self.followers.values())
        start = first % len(followers) if followers else 0
        yield from followers[start:]
        yield from followers[:start]
