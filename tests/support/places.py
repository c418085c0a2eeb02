"""Which lines were written, and which are stored: both by file and offset."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import BOTH, LogStore, Question

Place = tuple[str, int]


def written_places(logs: Path) -> set[Place]:
    """Path and offset of every line in a tree of logs."""
    places = set()
    for file in logs.rglob("*.log"):
        offset = 0
        for line in file.read_bytes().splitlines(keepends=True):
            places.add((str(file), offset))
            offset += len(line)
    return places


async def places_in(store: LogStore) -> Counter[Place]:
    """How often the line at each place is in a store."""
    question = Question(Deadline.after(120), collections=BOTH)
    return Counter(
        [
            (hit.source["log.file.path"], hit.source["log.offset"])
            async for hit in store.scan(question)
        ]
    )


async def ids_in(store: LogStore) -> Counter[str]:
    """How often each ID is in a store."""
    question = Question(Deadline.after(120), collections=BOTH)
    return Counter([hit.id async for hit in store.scan(question)])


async def texts_in(store: LogStore) -> list[str]:
    """What every line in a store says, as it was written where it is quarantined."""
    question = Question(Deadline.after(120), collections=BOTH)
    return [
        str(hit.source.get("message", hit.source.get("event.original")))
        async for hit in store.scan(question)
    ]


T = TypeVar("T")


def _of_embedded(folder: Path, ask: Callable[[LogStore], Awaitable[T]]) -> T:
    async def read() -> T:
        store = await EmbeddedLogStore.open(folder, writable=False)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(read())


def stored_places(folder: Path) -> Counter[Place]:
    """How often the line at each place is in the embedded store in a folder."""
    return _of_embedded(folder, places_in)


def stored_ids(folder: Path) -> Counter[str]:
    """How often each ID is in the embedded store in a folder."""
    return _of_embedded(folder, ids_in)


def stored_texts(folder: Path) -> list[str]:
    """What every line in the embedded store in a folder says."""
    return _of_embedded(folder, texts_in)
