from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.invented import hub_documents, long_documents, shop_documents
from tests.support.query_service import Service, memory_store, serving


@pytest.fixture(scope="session")
def shop() -> Iterator[Service]:
    """A service over the small invented transactions; it changes nothing, so tests share it."""
    with serving(memory_store(shop_documents())) as service:
        yield service


@pytest.fixture(scope="session")
def large() -> Iterator[Service]:
    """A service over the long transaction and the hub."""
    with serving(memory_store(long_documents() + hub_documents())) as service:
        yield service
