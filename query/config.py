"""The `query` section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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

    def named_files(self) -> Mapping[str, Path | None]:
        return {**super().named_files(), **self.store.named_files()}

    def check_files(self) -> None:
        self.store.check_files("query.store")
