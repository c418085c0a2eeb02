"""How the contract of a SeriesStore is run: a check is a coroutine over one empty store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from clew.schema.sample import Scrape
from clew.store.protocols import Outcome, Result, SeriesStore
from tests.contracts.running import patience

Suite = TypeVar("Suite")


class MakeSeriesStore(Protocol):
    """Opens a store in the running loop, each time over the same scrapes: at first none."""

    async def __call__(self, *, writable: bool = True) -> SeriesStore: ...


def on_a_series_store(
    check: Callable[[Suite, SeriesStore], Coroutine[Any, Any, None]],
) -> Callable[[Suite, MakeSeriesStore], None]:
    """Turn a check of an empty store into a test that asks for the fixture `make_series`."""

    async def run(self: Suite, make_series: MakeSeriesStore) -> None:
        async with opened(make_series, writable=True) as store:
            await check(self, store)

    def test(self: Suite, make_series: MakeSeriesStore) -> None:
        asyncio.run(run(self, make_series))

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


@asynccontextmanager
async def opened(make_series: MakeSeriesStore, *, writable: bool) -> AsyncIterator[SeriesStore]:
    store = await make_series(writable=writable)
    try:
        yield store
    finally:
        await store.close()


async def put(store: SeriesStore, *scrapes: Scrape) -> None:
    assert outcomes(await store.write(scrapes, patience())) == [Outcome.CREATED] * len(scrapes)


def outcomes(results: Iterable[Result]) -> list[Outcome]:
    return [result.outcome for result in results]
