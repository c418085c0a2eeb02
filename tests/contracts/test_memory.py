"""What tests keep states in keeps the contract too."""

from __future__ import annotations

import pytest

from clew.runtime.clock import Clock
from clew.store.protocols import StateStore
from tests.contracts.state_store import StateStoreContract
from tests.support.memory_state_store import MemoryStateStore, Values


class TestStateStore(StateStoreContract):
    @pytest.fixture
    def make_state(self):
        values: Values = {}

        async def make_state(clock: Clock) -> StateStore:
            return MemoryStateStore(clock, values)

        return make_state
