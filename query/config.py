"""The `query` section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, field_validator

from clew.runtime.addresses import parse_origin
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
    collector_url: str | None = Field(
        default=None,
        description="The collector that replays and purges of the quarantine are sent to, since "
        "only collectors write a store. Without one, lines stay in quarantine.",
    )
    collector_token_file: Path | None = Field(
        default=None, description="A file with the token that this collector asks for."
    )

    @field_validator("collector_url")
    @classmethod
    def _is_a_url(cls, url: str | None) -> str | None:
        return None if url is None else str(parse_origin(url))

    def named_files(self) -> Mapping[str, Path | None]:
        own = {"collector_token_file": self.collector_token_file}
        return {**super().named_files(), **self.store.named_files(), **own}

    def check_files(self) -> None:
        self.store.check_files("query.store")
