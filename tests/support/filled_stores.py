"""Log stores with documents in them, closed again after the question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import LogStore
from tests.support.memory_store import MemoryStore

Filled = Callable[[Sequence[Document]], AbstractAsyncContextManager[LogStore]]


@asynccontextmanager
async def filled_memory_store(documents: Sequence[Document]) -> AsyncIterator[LogStore]:
    store = MemoryStore()
    await store.write(documents, Deadline.after(60))
    yield store


def filled_embedded_store(directory: Path) -> Filled:
    @asynccontextmanager
    async def filled(documents: Sequence[Document]) -> AsyncIterator[LogStore]:
        store = await EmbeddedLogStore.open(directory, writable=True)
        try:
            await store.write(documents, Deadline.after(60))
            yield store
        finally:
            await store.close()

    return filled
