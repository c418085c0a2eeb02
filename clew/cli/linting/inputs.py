"""
What is linted: files and standard input, plain or gzipped, as blocks of whole lines.

Keeps true: no more than a block and the longest line are in memory. Of a line beyond that the rest
is passed over: it is too long to become a record, however it goes on.
"""

from __future__ import annotations

import gzip
import io
import os
import select
import stat
import sys
import zlib
from collections.abc import Callable, Iterator

from clew.runtime.errors import ClewError

BLOCK_BYTES = 1024 * 1024
"""As much as an agent reads at once: what columns are made of."""

LONGEST_BYTES = 4 * BLOCK_BYTES
"""Four times what becomes a record, and far more than a runtime writes in one line."""

QUIET_SECONDS = 1.0
"""As an agent, which then no longer waits for lines that go on with the last one."""

STDIN = "-"
_GZIP = b"\x1f\x8b"
_PACKED = {b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "unzip"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnreadableError(ClewError):
    """What can't be read, or not to its end, and what to do about it."""


class Input(io.RawIOBase):
    """
    What is read, and how many bytes of it were, as they stand on the disk.

    `size_bytes` is unknown of what is no regular file: a pipe may be read for ever.
    """

    def __init__(self, path: str, told: Callable[[int], None] = lambda count: None) -> None:
        """`told` is given the number of bytes of each read. Raises UnreadableError."""
        super().__init__()
        self._told, self._is_stdin = told, path == STDIN
        self._name = path_name(path)
        try:
            self._descriptor = _stdin() if path == STDIN else os.open(path, os.O_RDONLY)
            self.regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
            self._begins = os.read(self._descriptor, BLOCK_BYTES)
        except OSError as error:
            raise _unreadable(self._name, error) from error
        told(len(self._begins))
        for magic, program in _PACKED.items():
            if self._begins.startswith(magic):
                raise _packed(self._name, program)
        if self._begins.startswith(_UTF_16):
            recoded = f"iconv -f UTF-16 -t UTF-8 {self._name} | clew lint -"
            raise UnreadableError(f"{self._name}: UTF-16, but logs are UTF-8: {recoded}")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer is one
        if not self._begins:
            count = os.readv(self._descriptor, [buffer])
            self._told(count)
            return count
        count = min(len(buffer), len(self._begins))
        buffer[:count] = self._begins[:count]
        self._begins = self._begins[count:]
        return count

    def close(self) -> None:
        if not self.closed and not self._is_stdin:
            os.close(self._descriptor)
        super().close()

    def lines(self) -> Iterator[bytes | None]:
        """Blocks of whole lines, and None where nothing comes. Raises UnreadableError."""
        try:
            yield from whole_lines(self._blocks())
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(self._name, error) from error

    def _blocks(self) -> Iterator[bytes | None]:
        if self._begins.startswith(_GZIP):
            with gzip.GzipFile(fileobj=io.BufferedReader(self, BLOCK_BYTES)) as unpacked:
                while block := unpacked.read1(BLOCK_BYTES):
                    yield block
            return
        while block := self.read(BLOCK_BYTES):
            yield block
            while not self.regular and not self._comes():
                yield None

    def _comes(self) -> bool:
        """Whether there is something to read, or an end, before it counts as quiet."""
        ready, _, _ = select.select([self._descriptor], [], [], QUIET_SECONDS)
        return bool(ready)


def whole_lines(blocks: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """
    Each block up to its last newline, behind what was left of the one before; the last as it is.

    A line that is too long is cut off there.
    """
    rest, skipping = bytearray(), False
    for block in blocks:
        if block is None:
            yield None
            continue
        start = block.find(b"\n") + 1 if skipping else 0
        skipping = skipping and not start
        if skipping:
            continue
        end = block.rfind(b"\n") + 1
        if end > start:
            yield bytes(rest) + block[start:end]
            rest.clear()
        rest += block[end:]
        if len(rest) > LONGEST_BYTES:
            yield bytes(rest) + b"\n"
            rest.clear()
            skipping = True
    if rest:
        yield bytes(rest)


def path_name(path: str) -> str:
    """What a file is called where any bytes may be in a name, but not in what is printed."""
    if path == STDIN:
        return "stdin"
    return os.fsencode(path).decode(errors="backslashreplace").replace("\n", "\\n")


def _stdin() -> int:
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.fileno()


def _packed(name: str, program: str) -> UnreadableError:
    unpacked = f"{program} {'-p' if program == 'unzip' else '-dc'} {name} | clew lint -"
    return UnreadableError(f"{name}: packed with {program}; only gzip is read: {unpacked}")


def _unreadable(name: str, error: Exception) -> UnreadableError:
    if isinstance(error, IsADirectoryError):
        return UnreadableError(f"{name}: a folder; name its files: clew lint {name}/*.log")
    if isinstance(error, FileNotFoundError):
        return UnreadableError(f"{name}: there is no such file")
    if isinstance(error, PermissionError):
        remedy = f"sudo cat {name} | clew lint -"
        return UnreadableError(f"{name}: you may not read it; try: {remedy}")
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
        return UnreadableError(f"{name}: damaged gzip: {error}; what stands before that is linted")
    reason = getattr(error, "strerror", None) or error
    return UnreadableError(f"{name}: {reason}")
