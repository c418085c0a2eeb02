"""The store that the others are compared with keeps the contract too."""

from __future__ import annotations

import pytest

from tests.contracts.series_store import SeriesStoreContract
from tests.support.memory_series_store import MemorySeriesStore


class TestMemorySeriesStore(SeriesStoreContract):
    @pytest.fixture
    def make_series(self):
        store = MemorySeriesStore()

        async def make_series(*, writable: bool = True) -> MemorySeriesStore:
            return store

        return make_series
