"""
The LogStore inside the process.

One process writes; any number of others read the same directory and see each commit from their
next question on. What was acknowledged is committed, and so visible: `visible_up_to` is now.
Everything that blocks runs in threads of the store's own: one that writes, two that read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import UnsupportedOperation
from pathlib import Path
from typing import TypeVar

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.runtime.folder_lock import FolderLock
from clew.schema.document import Collection, Document
from clew.store.embedded.directory import Directory
from clew.store.embedded.index import Index
from clew.store.embedded.reading import View
from clew.store.embedded.writing import Writer, held
from clew.store.protocols import BOTH, Bucket, Cursor, Facet, Hit, Page, Question, Result

Answer = TypeVar("Answer")

SCAN_PAGE = 2_000
"""Hits a scan holds at a time: a page costs a look at the columns of all matches."""


class EmbeddedLogStore:
    def __init__(
        self, index: Index, writer: Writer | None, lock: FolderLock | None, clock: Clock
    ) -> None:
        self._index = index
        self._writer = writer
        self._lock = lock
        self._clock = clock
        self._readers = ThreadPoolExecutor(2, "embedded-store-reader")

    @classmethod
    async def open(
        cls, directory: Path, *, writable: bool, clock: Clock = SYSTEM_CLOCK
    ) -> EmbeddedLogStore:
        """
        Open the store in a directory.

        A writer makes what is missing; a reader of a directory that does not exist yet finds
        nothing until a writer has been there. Raises ClewError if another process writes it
        already, and for a directory that another version of clew has made.
        """
        return await asyncio.to_thread(cls._open, directory, writable, clock)

    @classmethod
    def _open(cls, path: Path, writable: bool, clock: Clock) -> EmbeddedLogStore:
        directory = Directory(path)
        if not writable:
            directory.check()
            return cls(Index(directory.index, create=False), None, None, clock)
        directory.create()
        lock = directory.lock()
        try:
            index = Index(directory.index, create=True)
            return cls(index, Writer(index), lock, clock)
        except BaseException:
            lock.close()
            raise

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        return await self._written(documents, deadline, release=False)

    async def release(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """One commit takes a document out of one collection and into the other."""
        return await self._written(documents, deadline, release=True)

    async def _written(
        self, documents: Sequence[Document], deadline: Deadline, *, release: bool
    ) -> list[Result]:
        if not documents:
            return []
        if deadline.passed():
            return held(documents, "the deadline had passed on arrival")
        answer = asyncio.wrap_future(self._writing().write(documents, deadline, release=release))
        try:
            return await asyncio.wait_for(answer, deadline.remaining())
        except TimeoutError:
            return held(documents, "the deadline passed before the commit")

    async def search(
        self,
        question: Question,
        *,
        limit: int,
        after: Cursor | None = None,
        newest_first: bool = False,
    ) -> Page:
        return await self._read(
            question.deadline, lambda view: view.page(question, limit, after, newest_first)
        )

    async def count(self, question: Question) -> int:
        return await self._read(question.deadline, lambda view: view.count(question))

    async def histogram(self, question: Question, interval: int) -> list[Bucket]:
        return await self._read(question.deadline, lambda view: view.histogram(question, interval))

    async def facets(self, question: Question, name: str, limit: int) -> list[Facet]:
        return await self._read(question.deadline, lambda view: view.facets(question, name, limit))

    async def by_id(self, ids: Sequence[str], deadline: Deadline) -> dict[str, Hit]:
        return await self._read(deadline, lambda view: view.by_id(ids))

    async def scan(self, question: Question) -> AsyncIterator[Hit]:
        """Every match as of the beginning: what is committed or deleted meanwhile plays no part."""
        view = await self._run(question.deadline, lambda: View(self._index))
        after: Cursor | None = None
        while True:
            page = partial(view.hits, question, SCAN_PAGE, after)
            hits, after = await self._run(question.deadline, page)
            for hit in hits:
                yield hit
            if after is None:
                return

    async def delete(self, ids: Sequence[str], collections: tuple[Collection, ...] = BOTH) -> int:
        """Raises TransientError if it can't be committed now."""
        if not ids:
            return 0
        return await asyncio.wrap_future(self._writing().delete(ids, collections))

    async def delete_before(self, time: int) -> int:
        """Delete what the runtime wrote before `time`, to the nanosecond; errors as `delete`."""
        return await asyncio.wrap_future(self._writing().delete_before(time))

    async def visible_up_to(self) -> int:
        return self._clock.now()

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.shutdown()
        if self._writer is not None:
            self._writer.close()
        if self._lock is not None:
            self._lock.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise UnsupportedOperation("this store was opened for reading")
        return self._writer

    async def _read(self, deadline: Deadline, question: Callable[[View], Answer]) -> Answer:
        """Ask a question of the last commit."""
        return await self._run(deadline, lambda: question(View(self._index)))

    async def _run(self, deadline: Deadline, question: Callable[[], Answer]) -> Answer:
        """Answer in a reader's thread; one that takes too long is no longer waited for."""
        if deadline.passed():
            raise TimeoutError("the deadline had passed on arrival")
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(deadline.remaining()):
            return await loop.run_in_executor(self._readers, question)
