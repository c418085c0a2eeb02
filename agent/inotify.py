"""
inotify(7): the kernel says in which folders something was made, renamed or deleted.

Three calls of libc and the layout of one struct. A library would be no less code to keep: the
small ones decode a name and build an object for every event, and a storm has ten thousand, of
which we want the folder; the large ones start threads, or an instance for each folder.

    struct inotify_event { int wd; uint32_t mask, cookie, len; char name[len]; };
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

CREATE, MOVED_FROM, MOVED_TO, DELETE = 0x100, 0x40, 0x80, 0x200
DELETE_SELF, MOVE_SELF = 0x400, 0x800
OVERFLOW, IGNORED, IS_FOLDER = 0x4000, 0x8000, 0x40000000
_ONLY_FOLDERS = 0x01000000

_ASKED = CREATE | MOVED_FROM | MOVED_TO | DELETE | DELETE_SELF | MOVE_SELF | _ONLY_FOLDERS
"""Not MODIFY: a container that writes would make an event of every line. Sizes are polled."""

_EVENT = struct.Struct("iIII")
_READ_BYTES = 64 * 1024
"""Some 1,500 events at once; at least one with the longest name there is (272 bytes)."""


class HintFailure(StrEnum):
    """Why there are no hints, or fewer than there should be."""

    INSTANCES = "instances"  # max_user_instances or open files: no inotify at all
    WATCHES = "watches"  # max_user_watches or our own share of them: some folders without one
    OVERFLOW = "overflow"  # more events than the kernel keeps for us: some were dropped
    UNSUPPORTED = "unsupported"  # not Linux, or not allowed


class Event(NamedTuple):
    """`watch` is what `add` returned, or -1 for an overflow; `name` what it is about in there."""

    watch: int
    mask: int
    name: bytes


class Inotify:
    """
    One instance. Raises OSError where there can be none: EMFILE when the user has as many as
    fs.inotify.max_user_instances (128) allows, ENOSYS where the kernel has no inotify.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "inotify_init1"):
            raise OSError(errno.ENOSYS, f"{sys.platform} has no inotify")
        self.fd = _checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def add(self, folder: str) -> int:
        """
        Watch a folder; its number, the same for the same folder under two names.

        Raises OSError: ENOSPC at the limit fs.inotify.max_user_watches, ENOENT for what is gone,
        ENOTDIR for what is none.
        """
        return _checked(self._libc.inotify_add_watch(self.fd, os.fsencode(folder), _ASKED))

    def remove(self, watch: int) -> None:
        """Watch it no longer. One that the kernel has removed itself is no error."""
        self._libc.inotify_rm_watch(self.fd, watch)

    def read(self) -> Iterator[Event]:
        """What one read gives; nothing where nothing happened."""
        try:
            buffer = os.read(self.fd, _READ_BYTES)
        except BlockingIOError:
            return
        start = 0
        while start < len(buffer):
            watch, mask, _, length = _EVENT.unpack_from(buffer, start)
            start += _EVENT.size
            yield Event(watch, mask, buffer[start : start + length].rstrip(b"\0"))
            start += length

    def close(self) -> None:
        os.close(self.fd)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
