"""
Hints: in which folders something happened, so that they are looked at now and not at the next look.

Keeps true:
- what is followed is found by listing folders; a hint only makes that sooner. A file system
  without events, or a node without inotify left, delays lines by an interval and loses none;
- one inotify instance for the agent: a user has 128, and the kubelet is the same user (T40);
- a folder that may have changed unseen counts as changed: one watched only since it was listed,
  one that can't be watched, and all of them when events were dropped.

Nothing outlives the process: the kernel closes the instance with it.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from agent import events, inotify
from agent.inotify import Event, HintFailure, Inotify
from clew.runtime.tasks import unless

MOST_WATCHES = 4096
"""
Half of the least that kernels allow a user (8192): the other half is for the kubelet and whoever
else is root. A node with 250 pods of three containers has 1,001 folders.
"""
NEW_DEPTH = 2
"""Folders below one we were told of: a pod's, and its containers'. Sandboxes have trees in them."""
_READS_AT_ONCE = 8
"""Then the loop does something else first; a storm goes on waking us."""


class Hints:
    """
    Made and closed in the event loop; `watch` and `take` are for any thread.

    `changed` is set while there may be something to take.
    """

    def __init__(self, most_watches: int = MOST_WATCHES) -> None:
        self.changed = asyncio.Event()
        self._most = most_watches
        self._loop = asyncio.get_running_loop()
        self._lock = Lock()
        self._inotify: Inotify | None = None
        self._closed = False
        self._watches: dict[str, int] = {}
        self._folders: dict[int, dict[str, int]] = {}
        """Number of a watch -> the paths of its folder, each with how deep it is below one told."""
        self._marked: set[str] = set()
        self._unwatchable: set[str] = set()
        self._failing: HintFailure | None = None
        self._dropped = False
        """Events were, since the last take; and a path may stand for another folder by now."""
        self._renew = False

    def watch(self, folders: Iterable[str]) -> None:
        """
        Watch these, and no others. For after each look, with all folders that were listed.

        A folder that is new here was listed before it was watched, so it counts as changed. What
        could not be watched last time is tried again.
        """
        wanted = set(folders)
        with self._lock:
            if self._closed or not self._opened():
                return
            for path in self._watches.keys() - wanted:
                self._forget(path)
            again = wanted if self._renew else wanted - self._watches.keys()
            self._renew = False
            self._unwatchable.clear()
            if all([self._add(path) for path in sorted(again)]):  # noqa: C419 - each is tried
                self._recovered()
            for path in wanted & self._watches.keys():
                self._folders[self._watches[path]][path] = 0
            events.reading.folders_watched(len(self._folders))
            marked = bool(self._marked)
        if marked and not self.changed.is_set():
            self._loop.call_soon_threadsafe(self.changed.set)

    def take(self) -> set[str] | None:
        """The folders that changed since the last take; None: any of them may have."""
        self.changed.clear()  # before: what comes now sets it again
        with self._lock:
            blind = self._inotify is None or self._failing is not None
            everything = blind or self._dropped
            taken, self._marked, self._dropped = self._marked, set(), False
            return None if everything else taken | self._unwatchable

    async def wait(self, stop: asyncio.Event, seconds: float) -> None:
        """Until something changed, but no longer than so, and not when asked to stop."""

        async def changed() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.changed.wait()

        await unless(stop, changed())

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._inotify is not None:
                self._loop.remove_reader(self._inotify.fd)
                self._inotify.close()
                self._inotify = None
        events.reading.folders_watched(0)

    def _opened(self) -> bool:
        """Whether there is an instance; tried again at each look, as others may give theirs up."""
        if self._inotify is None:
            try:
                self._inotify = Inotify()
            except OSError as error:
                scarce = error.errno in {errno.EMFILE, errno.ENFILE}
                self._failed(HintFailure.INSTANCES if scarce else HintFailure.UNSUPPORTED)
                return False
            self._loop.call_soon_threadsafe(self._listen)
        return True

    def _listen(self) -> None:
        if self._inotify is not None:
            self._loop.add_reader(self._inotify.fd, self._read)

    def _read(self) -> None:
        with self._lock:
            if self._inotify is None:
                return
            for _ in range(_READS_AT_ONCE):
                found = list(self._inotify.read())
                for event in found:
                    self._take_in(event)
                if not found:
                    break
            events.reading.folders_watched(len(self._folders))
        self.changed.set()

    def _take_in(self, event: Event) -> None:
        watch, mask, name = event
        if mask & inotify.OVERFLOW:
            self._dropped = self._renew = True
            events.reading.hints_failed(HintFailure.OVERFLOW, len(self._watches))
            return
        for path, depth in list(self._folders.get(watch, {}).items()):
            self._marked.add(path)
            if mask & inotify.MOVE_SELF:
                self._moved(path)
            elif mask & inotify.IGNORED:
                self._forget(path)
            elif mask & inotify.IS_FOLDER and mask & (inotify.CREATE | inotify.MOVED_TO):
                self._add_new(f"{path}/{os.fsdecode(name)}", depth + 1)

    def _add_new(self, path: str, depth: int) -> None:
        """
        A folder that just came. What came into it before it was watched is found by listing:
        folders here, files by whoever looks, as the folder counts as changed.
        """
        if depth > NEW_DEPTH or not self._add(path, depth):
            return
        try:
            with os.scandir(path) as entries:
                below = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return  # gone again
        for folder in below:
            self._add_new(folder, depth + 1)

    def _add(self, path: str, depth: int = 0) -> bool:
        """Watch a folder, also anew; whether there was room for it."""
        assert self._inotify is not None
        if path not in self._watches and len(self._watches) >= self._most:
            self._failed(HintFailure.WATCHES)
            return False
        try:
            watch = self._inotify.add(path)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self._failed(HintFailure.WATCHES)
                return False
            if error.errno not in {errno.ENOENT, errno.ENOTDIR}:
                self._unwatchable.add(path)
            return True
        if self._watches.get(path, watch) != watch:
            self._forget(path)  # another folder stands there now
        if path not in self._watches:
            self._marked.add(path)
        self._watches[path] = watch
        self._folders.setdefault(watch, {})[path] = depth
        return True

    def _moved(self, folder: str) -> None:
        """What was under this path is elsewhere now, and its watches with it."""
        inside = f"{folder}/"
        for path in [p for p in self._watches if p == folder or p.startswith(inside)]:
            self._forget(path)

    def _forget(self, path: str) -> None:
        watch = self._watches.pop(path)
        paths = self._folders[watch]
        del paths[path]
        if not paths:
            del self._folders[watch]
            if self._inotify is not None:
                self._inotify.remove(watch)

    def _failed(self, reason: HintFailure) -> None:
        if self._failing is not reason:
            self._failing = reason
            events.reading.hints_failed(reason, len(self._watches))

    def _recovered(self) -> None:
        if self._failing is not None:
            events.reading.hints_recovered(self._failing)
            self._failing = None
