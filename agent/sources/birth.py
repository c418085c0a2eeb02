"""When a file was created, which `os.stat` does not say on Linux: statx does."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_EMPTY_PATH, _BTIME = 0x1000, 0x800
_BYTES, _MASK_AT, _BTIME_AT = 256, 0, 80
"""`struct statx` of linux/stat.h: a mask of what is known first; seconds and nanoseconds at 80."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_KNOWN = sys.platform.startswith("linux") and hasattr(_LIBC, "statx")


def birth_time(descriptor: int) -> int:
    """Unix nanoseconds; 0 where the file system or this machine does not know."""
    if not _KNOWN:
        return 0
    found = ctypes.create_string_buffer(_BYTES)
    if _LIBC.statx(descriptor, b"", _EMPTY_PATH, _BTIME, found) != 0:
        return 0
    (mask,) = struct.unpack_from("=I", found, _MASK_AT)
    seconds, nanoseconds = struct.unpack_from("=qI", found, _BTIME_AT)
    return int(seconds * 1_000_000_000 + nanoseconds) if mask & _BTIME else 0


def birth_time_of(path: str) -> int:
    """The same of what stands under a path. Raises OSError."""
    descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_CLOEXEC)
    try:
        return birth_time(descriptor)
    finally:
        os.close(descriptor)
