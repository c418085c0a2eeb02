"""The contracts of the three stores, over every Elasticsearch that this machine can run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest

from clew.runtime.clock import Clock
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from clew.store.elasticsearch.series_store import ElasticsearchSeriesStore
from clew.store.elasticsearch.state_store import ElasticsearchStateStore
from clew.store.protocols import LogStore, SeriesStore, StateStore
from tests.contracts.log_store import LogStoreContract
from tests.contracts.running import MakeLogStore
from tests.contracts.series_running import MakeSeriesStore
from tests.contracts.series_store import SeriesStoreContract
from tests.contracts.state_store import StateStoreContract
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.server import ElasticsearchServer


@pytest.fixture
def installation(each_elasticsearch: ElasticsearchServer) -> Iterator[Installation]:
    with Installation(each_elasticsearch) as installation:
        yield installation


class TestElasticsearchLogStore(LogStoreContract):
    @pytest.fixture
    def make(self, installation: Installation) -> MakeLogStore:
        async def make() -> LogStore:
            return await ElasticsearchLogStore.open(installation.config, writable=True)

        return make


class TestElasticsearchSeriesStore(SeriesStoreContract):
    @pytest.fixture
    def make_series(self, installation: Installation) -> MakeSeriesStore:
        async def make_series(*, writable: bool = True) -> SeriesStore:
            return await ElasticsearchSeriesStore.open(installation.config, writable=writable)

        return make_series


class TestElasticsearchStateStore(StateStoreContract):
    @pytest.fixture
    def make_state(self, installation: Installation) -> Callable[[Clock], Awaitable[StateStore]]:
        async def make_state(clock: Clock) -> StateStore:
            return await ElasticsearchStateStore.open(
                installation.config, writable=True, clock=clock
            )

        return make_state
