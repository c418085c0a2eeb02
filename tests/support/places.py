"""Which lines were written, and which are stored: both by file and offset."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

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


def stored_places(folder: Path) -> Counter[Place]:
    """The same of the embedded store in a folder."""

    async def read() -> Counter[Place]:
        store = await EmbeddedLogStore.open(folder, writable=False)
        try:
            return await places_in(store)
        finally:
            await store.close()

    return asyncio.run(read())
