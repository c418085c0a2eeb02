"""The `query` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from clew.runtime.listening import ListeningSection
from clew.store.config import StoreConfig


class QueryConfig(ListeningSection):
    """Where pages and API are, and the store they ask."""

    listen: str = Field(default="127.0.0.1:8420", description="HOST:PORT of the pages and the API.")
    store: StoreConfig = Field(description="Where documents are kept.")
    request_timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        le=300,
        description="How long one request may take before it is answered with 504.",
    )
