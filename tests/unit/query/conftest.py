from __future__ import annotations

from collections.abc import Iterator

import pytest

from clew.schema.timestamps import SECOND
from tests.support.invented import START, hub_documents, long_documents, shop_documents
from tests.support.node_samples import EVERY, scrapes, series_with
from tests.support.query_service import Service, memory_store, serving


@pytest.fixture(scope="session")
def shop() -> Iterator[Service]:
    """
    A service over the small invented transactions, with samples of the node they ran on.

    It changes nothing, so tests share it.
    """
    around = range(START - 20 * EVERY + 3 * SECOND, START + 20 * EVERY, EVERY)
    samples = series_with(scrapes("node-a", around, busy=0.4))
    with serving(memory_store(shop_documents()), series=samples) as service:
        yield service


@pytest.fixture(scope="session")
def large() -> Iterator[Service]:
    """A service over the long transaction and the hub."""
    with serving(memory_store(long_documents() + hub_documents())) as service:
        yield service
