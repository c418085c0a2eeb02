"""
Open a log file beneath the folders that are allowed, and nowhere else.

Who may write into a folder of logs, such as a pod that mounts /var/log, may put a link there to
any file of the node: the agent's own token, say, or another program's secrets. Followed, that file
would be shipped as a log.

Keeps true: what is opened is a regular file that is reached from an allowed root without a single
link. Where a path is a link, it is where the link leads to that has to be beneath a root. That is
asked of the kernel at the moment of opening, so nothing is gained by swapping a folder for a link
between a listing and the opening.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable, Sequence
from stat import S_ISREG

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: to open a pipe that nobody writes to would wait for ever."""

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC

_OPENAT2 = 437
"""The number of the call on every architecture that Linux has had since 5.6, but Alpha."""
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08
_NOT_THERE = (errno.ENOSYS, errno.EPERM)
"""EPERM: container runtimes older than the call refuse what they do not know."""


class _How(ctypes.Structure):
    """`struct open_how` of linux/openat2.h."""

    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


_HOW = _How(_FLAGS, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)


class OutsideError(OSError):
    """A path leads out of the folders that logs may be in."""


def open_beneath(root: str, path: str, link_roots: Sequence[str] = ()) -> int:
    """
    A descriptor of the regular file at `path`, beneath `root`; beneath one of `link_roots` too
    where the path has links in it. Roots may be links themselves: they are configured.

    Raises OutsideError for what is elsewhere, and OSError, with what a person can do something
    with in `strerror`.
    """
    try:
        opened = _open_without_links(root, _relative(root, path))
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EXDEV, errno.ENOTDIR}:
            raise
        opened = _open_link_target(path, [root, *link_roots])
    if S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise OSError(errno.EINVAL, "not a regular file", path)


def _open_link_target(path: str, roots: Sequence[str]) -> int:
    target = os.path.realpath(path, strict=True)
    for root in roots:
        real = os.path.realpath(root)
        if target.startswith(f"{real}/"):
            return _open_without_links(real, target[len(real) + 1 :])
    raise OutsideError(errno.EXDEV, f"it leads to {target!a}, where no logs may be", path)


def _relative(root: str, path: str) -> str:
    if not path.startswith(f"{root}/"):
        raise OutsideError(errno.EPERM, f"not beneath {root!a}", path)
    return path[len(root) + 1 :]


def _open_without_links(root: str, relative: str) -> int:
    folder = os.open(root, _FOLDER)
    try:
        return _open(folder, relative)
    finally:
        os.close(folder)


def _open_with_openat2(folder: int, relative: str) -> int:
    how, size = ctypes.byref(_HOW), ctypes.sizeof(_HOW)
    opened: int = _LIBC.syscall(_OPENAT2, folder, os.fsencode(relative), how, size)
    if opened < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), relative)
    return opened


def _open_step_by_step(folder: int, relative: str) -> int:
    """The same without the kernel's help: every folder on the way is opened, and is no link."""
    *above, name = relative.split("/")
    if not name or {"", ".", ".."} & {*above, name}:
        raise OutsideError(errno.EXDEV, "not a plain path", relative)
    at = os.dup(folder)
    try:
        for each in above:
            below = os.open(each, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=at)
    finally:
        os.close(at)


def _choose() -> Callable[[int, str], int]:
    """The call, where this kernel has it and lets us."""
    if not sys.platform.startswith("linux"):
        return _open_step_by_step
    try:
        _open_with_openat2(-1, "")
    except OSError as error:
        return _open_step_by_step if error.errno in _NOT_THERE else _open_with_openat2
    return _open_with_openat2


_LIBC = ctypes.CDLL(None, use_errno=True)
_open = _choose()
