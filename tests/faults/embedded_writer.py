"""
A process that writes an embedded store, for tests to kill or to take its disk away.

    python -m tests.faults.embedded_writer logs|series endless|full DIRECTORY
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Literal

from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.schema.sample import Scrape
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import Result
from tests.support.documents import NOON, document
from tests.support.scrapes import NODE_1, NODE_2, sample, scrape

ROOT = Path(__file__).parents[2]
BATCH = 20

Write = Callable[[int], Awaitable[Sequence[Result]]]
"""Writes a batch by its number."""


def documents(number: int) -> list[Document]:
    return [document(number * BATCH + line) for line in range(BATCH)]


def scrapes(number: int) -> list[Scrape]:
    """A batch of two targets; the value of a sample is its place in the order of time."""
    places = range(number * BATCH, (number + 1) * BATCH)
    return [
        scrape((NODE_1, NODE_2)[place % 2], NOON + place, sample("place", place))
        for place in places
    ]


def started(
    kind: Literal["logs", "series"], way: Literal["endless", "full"], directory: Path
) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.faults.embedded_writer", kind, way, str(directory)]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def write_endlessly(write: Write) -> None:
    """Print the number of each batch once it is acknowledged, until somebody ends this."""
    for number in count():
        results = await write(number)
        assert all(result.outcome == "created" for result in results), results
        print(number, flush=True)  # noqa: T201  # how the test is told


async def write_to_a_full_disk(write: Write) -> None:
    """Print how three writes of a batch end: with room, without, and with room again."""
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    for number, limit in enumerate((unlimited[0], 512, unlimited[0])):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited[1]))
        # The held batch comes again: that is what an agent does with it.
        results = await write(min(number, 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        ends = {f"{result.outcome}: {result.reason}" for result in results}
        print(*ends, flush=True)  # noqa: T201  # how the test is told


async def main(kind: str, way: str, directory: str) -> None:
    opened: Any = EmbeddedLogStore if kind == "logs" else EmbeddedSeriesStore
    batch: Any = documents if kind == "logs" else scrapes
    store = await opened.open(Path(directory), writable=True)

    async def write(number: int) -> Sequence[Result]:
        results: Sequence[Result] = await store.write(batch(number), Deadline.after(60))
        return results

    await {"endless": write_endlessly, "full": write_to_a_full_disk}[way](write)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
