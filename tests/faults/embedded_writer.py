"""
A process that writes an embedded store, for tests to kill or to take its disk away.

    python -m tests.faults.embedded_writer endless|full DIRECTORY
"""

from __future__ import annotations

import asyncio
import resource
import sys
from itertools import count
from pathlib import Path

from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import LogStore
from tests.support.documents import document

BATCH = 50


def batch(number: int) -> list[Document]:
    return [document(number * BATCH + line) for line in range(BATCH)]


async def write_endlessly(store: LogStore) -> None:
    """Print the number of each batch once it is acknowledged, until somebody ends this."""
    for number in count():
        results = await store.write(batch(number), Deadline.after(60))
        assert all(result.outcome == "created" for result in results), results
        print(number, flush=True)  # noqa: T201  # how the test is told


async def write_to_a_full_disk(store: LogStore) -> None:
    """Print how three writes of a batch end: with room, without, and with room again."""
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    for number, limit in enumerate((unlimited[0], 512, unlimited[0])):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited[1]))
        # The held batch comes again: that is what an agent does with it.
        results = await store.write(batch(min(number, 1)), Deadline.after(60))
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        ends = {f"{result.outcome}: {result.reason}" for result in results}
        print(*ends, flush=True)  # noqa: T201  # how the test is told


async def main(way: str, directory: str) -> None:
    store = await EmbeddedLogStore.open(Path(directory), writable=True)
    await {"endless": write_endlessly, "full": write_to_a_full_disk}[way](store)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
