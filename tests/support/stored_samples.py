"""Which samples are in the embedded store in a folder, asked from beside its collector."""

from __future__ import annotations

import asyncio
from pathlib import Path

from clew.promql.matchers import NAME, equal
from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import Selection, Series

EVER = 2**62


def stored_series(folder: Path, name: str) -> list[Series]:
    """All series of a metric; none as long as there is no store."""

    async def read() -> list[Series]:
        store = await EmbeddedSeriesStore.open(folder, writable=False)
        try:
            return await store.select(Selection(Deadline.after(60), 0, EVER, (equal(NAME, name),)))
        finally:
            await store.close()

    try:
        return asyncio.run(read())
    except ClewError:
        return []


def times_of(folder: Path, name: str, **labels: str) -> list[int]:
    """When the one series of a metric with these labels was sampled."""
    found = [s for s in stored_series(folder, name) if labels.items() <= s.labels.items()]
    return found[0].times.tolist() if found else []
