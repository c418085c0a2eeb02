from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.filled_stores import Filled, filled_embedded_store, filled_memory_store


@pytest.fixture(params=["memory", "embedded"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    """The plain meaning of a store, and a real one: questions get the same answer from both."""
    if request.param == "memory":
        return filled_memory_store
    return filled_embedded_store(tmp_path / "store")
