"""
The StateStore inside the process: one SQLite table.

SQLite's own locks keep several processes apart, and each put is one transaction: on the disk when
it returns, or not there at all. In WAL mode readers never wait for a writer. A version is the
number of a row, and none is given out twice, so it never comes back, not even after an expiry.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import UnsupportedOperation
from pathlib import Path
from typing import TypeVar

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.runtime.errors import TransientError
from clew.schema.timestamps import SECOND
from clew.store.embedded.directory import Directory
from clew.store.protocols import State

Answer = TypeVar("Answer")

BUSY_SECONDS = 10.0
"""How long to wait for another process' put, which takes milliseconds."""

_CREATE = """
CREATE TABLE IF NOT EXISTS state (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    value BLOB NOT NULL,
    expires INTEGER  -- Unix nanoseconds; NULL is never
)
"""
_GET = """
SELECT value, version FROM state WHERE key = :key AND (expires IS NULL OR expires > :now)
"""
_PUT = "INSERT OR REPLACE INTO state (key, value, expires) VALUES (?, ?, ?)"
# substr, since a key may hold any character, also those that LIKE and GLOB take for wildcards.
_KEYS = """
SELECT key FROM state WHERE substr(key, 1, length(:prefix)) = :prefix
AND (expires IS NULL OR expires > :now) ORDER BY key
"""


class EmbeddedStateStore:
    def __init__(self, file: Path, clock: Clock, *, writable: bool) -> None:
        self._file = file
        self._clock = clock
        self._writable = writable
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, "embedded-state-store")

    @classmethod
    async def open(
        cls, directory: Path, *, writable: bool, clock: Clock = SYSTEM_CLOCK
    ) -> EmbeddedStateStore:
        """
        Open the state beside an embedded LogStore.

        Any number of processes may write it. A reader of a directory without one finds nothing
        until a writer has been there. Raises ClewError for a directory that another version of
        clew has made. Everything raises TransientError where the disk does not do what it should.
        """
        place = Directory(directory)
        await asyncio.to_thread(place.create if writable else place.check)
        return cls(place.state, clock, writable=writable)

    async def get(self, key: str) -> State | None:
        return await self._run(lambda connection: self._get(connection, key), None)

    async def put_if(
        self, key: str, value: bytes, *, version: str | None, lifetime_seconds: float | None = None
    ) -> State | None:
        if not self._writable:
            raise UnsupportedOperation("this store was opened for reading")
        lifetime = None if lifetime_seconds is None else round(lifetime_seconds * SECOND)
        return await self._run(
            lambda connection: self._put_if(connection, key, value, version, lifetime), None
        )

    async def keys(self, prefix: str) -> list[str]:
        return await self._run(lambda connection: self._keys(connection, prefix), [])

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    async def _run(self, ask: Callable[[sqlite3.Connection], Answer], nothing: Answer) -> Answer:
        """Ask in the store's thread; `nothing` is the answer while no writer has been there."""

        def answer() -> Answer:
            with _faults():
                connection = self._connected()
                return nothing if connection is None else ask(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, answer)

    def _connected(self) -> sqlite3.Connection | None:
        if self._connection is None and (self._writable or self._file.exists()):
            connection = sqlite3.connect(
                self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_CREATE)
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    def _get(self, connection: sqlite3.Connection, key: str) -> State | None:
        row = connection.execute(_GET, {"key": key, "now": self._clock.now()}).fetchone()
        return None if row is None else State(row[0], str(row[1]))

    def _put_if(
        self,
        connection: sqlite3.Connection,
        key: str,
        value: bytes,
        version: str | None,
        lifetime: int | None,
    ) -> State | None:
        expires = None if lifetime is None else self._clock.now() + lifetime
        with connection:
            # Alone from the first look on: what was compared is what is replaced.
            connection.execute("BEGIN IMMEDIATE")
            current = self._get(connection, key)
            if (None if current is None else current.version) != version:
                return None
            row = connection.execute(_PUT, (key, value, expires)).lastrowid
        return State(value, str(row))

    def _keys(self, connection: sqlite3.Connection, prefix: str) -> list[str]:
        rows = connection.execute(_KEYS, {"prefix": prefix, "now": self._clock.now()})
        return [key for (key,) in rows]


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TransientError(f"the state can't be read or written: {error}") from error
