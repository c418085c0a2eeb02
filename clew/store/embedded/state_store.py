"""
The StateStore inside the process: one SQLite table.

Several processes may write it, and each put is one transaction (`database`). A version is the
number of a row, and none is given out twice, so it never comes back, not even after an expiry.
"""

from __future__ import annotations

import asyncio
import sqlite3
from io import UnsupportedOperation
from pathlib import Path

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND
from clew.store.embedded.database import Database
from clew.store.embedded.directory import Directory
from clew.store.protocols import State

_CREATE = """
CREATE TABLE state (
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
        self._clock = clock
        self._writable = writable
        self._database = Database(file, _CREATE, "the state", writable=writable)

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
        return await self._database.run(lambda connection: self._get(connection, key), None)

    async def put_if(
        self, key: str, value: bytes, *, version: str | None, lifetime_seconds: float | None = None
    ) -> State | None:
        if not self._writable:
            raise UnsupportedOperation("this store was opened for reading")
        lifetime = None if lifetime_seconds is None else round(lifetime_seconds * SECOND)
        return await self._database.run(
            lambda connection: self._put_if(connection, key, value, version, lifetime), None
        )

    async def keys(self, prefix: str) -> list[str]:
        return await self._database.run(lambda connection: self._keys(connection, prefix), [])

    async def close(self) -> None:
        await self._database.close()

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
