"""A store has one name, and whoever asks for it waits until the store can be asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clew.runtime.errors import TransientError
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.identity import get_identity
from clew.store.protocols import State


class Recovering(EmbeddedStateStore):
    """A store that takes no questions at first, as an index whose shard is not there yet."""

    failures = 0

    async def get(self, key: str) -> State | None:
        if self.failures:
            self.failures -= 1
            raise TransientError("Elasticsearch answered 503: CurrentState[RECOVERING]")
        return await super().get(key)


def asked(folder: Path, failures: int, patience_seconds: float) -> str:
    async def ask() -> str:
        state = await Recovering.open(folder, writable=True)
        assert isinstance(state, Recovering)
        state.failures = failures
        try:
            return await get_identity(state, patience_seconds)
        finally:
            await state.close()

    return asyncio.run(ask())


def test_a_store_that_can_not_be_asked_yet_is_waited_for(tmp_path: Path):
    """As while another collector has just made its index; the name is the same each time."""
    assert asked(tmp_path, failures=2, patience_seconds=60.0) == asked(tmp_path, 0, 60.0)


def test_one_that_never_can_be_asked_is_told(tmp_path: Path):
    with pytest.raises(TransientError, match="RECOVERING"):
        asked(tmp_path, failures=1000, patience_seconds=0.0)
