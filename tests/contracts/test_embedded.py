"""The embedded store keeps the contracts of the seam."""

from __future__ import annotations

from itertools import count

import pytest

from clew.runtime.clock import Clock
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import LogStore, SeriesStore, StateStore
from tests.contracts.log_store import LogStoreContract
from tests.contracts.series_store import SeriesStoreContract
from tests.contracts.state_store import StateStoreContract


class TestLogStore(LogStoreContract):
    @pytest.fixture
    def make(self, tmp_path):
        numbers = count()

        async def make() -> LogStore:
            return await EmbeddedLogStore.open(tmp_path / str(next(numbers)), writable=True)

        return make


class TestSeriesStore(SeriesStoreContract):
    @pytest.fixture
    def make_series(self, tmp_path):
        async def make_series(*, writable: bool = True) -> SeriesStore:
            return await EmbeddedSeriesStore.open(tmp_path, writable=writable)

        return make_series


class TestStateStore(StateStoreContract):
    @pytest.fixture
    def make_state(self, tmp_path):
        async def make_state(clock: Clock) -> StateStore:
            return await EmbeddedStateStore.open(tmp_path, writable=True, clock=clock)

        return make_state
