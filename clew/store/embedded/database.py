"""
One SQLite file beside the embedded index, asked in a thread of its own.

SQLite's own locks keep several processes apart, and each change is one transaction: on the disk
when it returns, or not there at all. In WAL mode readers never wait for a writer. A file that is
there has all of its tables.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from clew.runtime.clock import Deadline
from clew.runtime.errors import CorruptionError, TransientError

Answer = TypeVar("Answer")

BUSY_SECONDS = 10.0
"""How long to wait for another process' change, which takes milliseconds."""


class Database:
    def __init__(
        self, file: Path, schema: str, holds: str, *, writable: bool, page_bytes: int = 4096
    ) -> None:
        """
        `schema` makes the tables of a new file, and `page_bytes` is the size of its pages.

        Only one that is writable makes the file. `holds` names what is in it, for messages.
        """
        self._file, self._schema, self._holds = file, schema, holds
        self._writable, self._page_bytes = writable, page_bytes
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, f"embedded-{file.stem}")

    async def run(
        self,
        ask: Callable[[sqlite3.Connection], Answer],
        nothing: Answer,
        deadline: Deadline | None = None,
    ) -> Answer:
        """
        Ask in the thread; `nothing` is the answer while no writer has made the file.

        Raises TransientError where the disk does not do what it should, CorruptionError where the
        file is none of SQLite's any more, and TimeoutError at the deadline; then, and when
        cancelled, a change may or may not have been made.
        """

        def answer() -> Answer:
            with self._faults():
                connection = self._connected()
                return nothing if connection is None else ask(connection)

        late = f"{self._holds} could not be read or written by the deadline"
        if deadline is not None and deadline.passed():
            raise TimeoutError(late)
        try:
            async with asyncio.timeout(None if deadline is None else deadline.remaining()):
                return await asyncio.get_running_loop().run_in_executor(self._thread, answer)
        except TimeoutError:
            raise TimeoutError(late) from None

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _connected(self) -> sqlite3.Connection | None:
        if self._connection is None:
            if self._writable and not self._file.exists():
                self._make()
            if self._file.exists():
                connection = sqlite3.connect(
                    self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
                )
                connection.execute("PRAGMA synchronous = FULL")
                self._connection = connection
        return self._connection

    def _make(self) -> None:
        """
        Make the file whole under another name, and let it appear.

        Where it came into being under its own name, a reader that looked in meanwhile would keep
        the writer from changing to WAL mode: SQLite does not wait for that one.
        """
        folder = self._file.parent
        with TemporaryDirectory(dir=folder, prefix=f".{self._file.name}-") as hidden:
            fresh = Path(hidden, self._file.name)
            with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
                connection.execute(f"PRAGMA page_size = {self._page_bytes}")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(self._schema)
            # A link, since another process may have been faster, and a rename would replace that.
            with suppress(FileExistsError):
                self._file.hardlink_to(fresh)

    def _close(self) -> None:
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise
        except (sqlite3.OperationalError, OSError) as error:
            raise TransientError(f"{self._holds} can't be read or written: {error}") from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # a mistake of ours
            raise CorruptionError(str(self._file), 0, str(error)) from error
