from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.invented import hub_documents, long_documents, shop_documents
from tests.support.query_service import Service, memory_store, serving


@pytest.fixture(scope="package")
def shop() -> Iterator[Service]:
    """A query service over the invented transactions."""
    documents = shop_documents() + long_documents() + hub_documents()
    with serving(memory_store(documents)) as service:
        yield service
