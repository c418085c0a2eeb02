"""
A process that writes an embedded SeriesStore, for tests to kill or to take its disk away.

    python -m tests.faults.series_writer endless|full DIRECTORY
"""

from __future__ import annotations

import asyncio
import resource
import sys
from itertools import count
from pathlib import Path

from clew.runtime.clock import Deadline
from clew.schema.sample import Scrape
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import SeriesStore
from tests.support.documents import NOON
from tests.support.scrapes import NODE_1, NODE_2, sample, scrape

BATCH = 20


def batch(number: int) -> list[Scrape]:
    """A batch of two targets; the value of a sample is its place in the order of time."""
    places = range(number * BATCH, (number + 1) * BATCH)
    return [
        scrape((NODE_1, NODE_2)[place % 2], NOON + place, sample("place", place))
        for place in places
    ]


async def write_endlessly(store: SeriesStore) -> None:
    """Print the number of each batch once it is acknowledged, until somebody ends this."""
    for number in count():
        results = await store.write(batch(number), Deadline.after(60))
        assert all(result.outcome == "created" for result in results), results
        print(number, flush=True)  # noqa: T201  # how the test is told


async def write_to_a_full_disk(store: SeriesStore) -> None:
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
    store = await EmbeddedSeriesStore.open(Path(directory), writable=True)
    await {"endless": write_endlessly, "full": write_to_a_full_disk}[way](store)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
