"""
A configuration -> open stores.

Each implementation is imported when it is opened, so that a process loads only the one it uses:
the Elasticsearch client alone takes longer to import than a trace may take to print.
"""

from __future__ import annotations

from dataclasses import dataclass

from clew.store.config import StoreConfig
from clew.store.protocols import LogStore, StateStore


@dataclass(frozen=True, slots=True)
class Stores:
    logs: LogStore
    state: StateStore

    async def close(self) -> None:
        """Close both, the second also when the first fails."""
        try:
            await self.logs.close()
        finally:
            await self.state.close()


async def open_stores(config: StoreConfig, *, writable: bool) -> Stores:
    """
    Open the stores of a configuration; `writable` for the collector, which alone changes them.

    Raises ClewError with a sentence for the user. What was opened before a failure is closed again.
    """
    logs = await _open_logs(config, writable=writable)
    try:
        return Stores(logs, await _open_state(config, writable=writable))
    except BaseException:
        await logs.close()
        raise


async def _open_logs(config: StoreConfig, *, writable: bool) -> LogStore:
    if config.kind == "elasticsearch":
        from clew.store.elasticsearch.log_store import ElasticsearchLogStore

        return await ElasticsearchLogStore.open(config, writable=writable)
    from clew.store.embedded.log_store import EmbeddedLogStore

    assert config.path is not None  # StoreConfig saw to it
    return await EmbeddedLogStore.open(config.path, writable=writable)


async def _open_state(config: StoreConfig, *, writable: bool) -> StateStore:
    if config.kind == "elasticsearch":
        from clew.store.elasticsearch.state_store import ElasticsearchStateStore

        return await ElasticsearchStateStore.open(config, writable=writable)
    from clew.store.embedded.state_store import EmbeddedStateStore

    assert config.path is not None  # StoreConfig saw to it
    return await EmbeddedStateStore.open(config.path, writable=writable)
