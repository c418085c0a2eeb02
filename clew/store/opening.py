"""
A configuration -> open stores.

Each implementation is imported when it is opened, so that a process loads only the one it uses:
the Elasticsearch client alone takes longer to import than a trace may take to print.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from clew.store.config import StoreConfig
from clew.store.protocols import LogStore, SeriesStore, StateStore


@dataclass(frozen=True, slots=True)
class Stores:
    logs: LogStore
    series: SeriesStore
    state: StateStore

    async def close(self) -> None:
        """Close all of them, the others also when one fails."""
        async with AsyncExitStack() as closing:
            for store in (self.state, self.series, self.logs):
                closing.push_async_callback(store.close)


async def open_stores(config: StoreConfig, *, writable: bool) -> Stores:
    """
    Open the stores of a configuration; `writable` for the collector, which alone changes them.

    Raises ClewError with a sentence for the user. What was opened before a failure is closed again.
    """
    async with AsyncExitStack() as opened:
        logs = await _open_logs(config, writable=writable)
        opened.push_async_callback(logs.close)
        series = await _open_series(config, writable=writable)
        opened.push_async_callback(series.close)
        stores = Stores(logs, series, await _open_state(config, writable=writable))
        opened.pop_all()
        return stores


async def _open_logs(config: StoreConfig, *, writable: bool) -> LogStore:
    if config.kind == "elasticsearch":
        from clew.store.elasticsearch.log_store import ElasticsearchLogStore

        return await ElasticsearchLogStore.open(config, writable=writable)
    from clew.store.embedded.log_store import EmbeddedLogStore

    assert config.path is not None  # StoreConfig saw to it
    return await EmbeddedLogStore.open(config.path, writable=writable)


async def _open_series(config: StoreConfig, *, writable: bool) -> SeriesStore:
    if config.kind == "elasticsearch":
        from clew.store.elasticsearch.series_store import ElasticsearchSeriesStore

        return await ElasticsearchSeriesStore.open(config, writable=writable)
    from clew.store.embedded.series_store import EmbeddedSeriesStore

    assert config.path is not None  # StoreConfig saw to it
    return await EmbeddedSeriesStore.open(config.path, writable=writable)


async def _open_state(config: StoreConfig, *, writable: bool) -> StateStore:
    if config.kind == "elasticsearch":
        from clew.store.elasticsearch.state_store import ElasticsearchStateStore

        return await ElasticsearchStateStore.open(config, writable=writable)
    from clew.store.embedded.state_store import EmbeddedStateStore

    assert config.path is not None  # StoreConfig saw to it
    return await EmbeddedStateStore.open(config.path, writable=writable)
