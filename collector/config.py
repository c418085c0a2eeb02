"""The `collector` section of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from clew.runtime.addresses import parse_address
from clew.runtime.config import Section
from clew.store.config import StoreConfig


class CollectorConfig(Section):
    """Where the collector listens, and the store it writes."""

    listen: str = Field(default="127.0.0.1:8421", description="HOST:PORT that agents send to.")
    token_file: Path | None = Field(
        default=None,
        description="A file with the token that agents must send. Needed unless on loopback.",
    )
    store: StoreConfig = Field(description="Where documents are kept.")
    batch_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=20 * 1024 * 1024,
        description="The largest batch taken, uncompressed.",
    )
    batches_at_once: int = Field(
        default=8, ge=1, le=1000, description="More batches than these are answered with 429."
    )

    @model_validator(mode="after")
    def _token_unless_loopback(self) -> Self:
        address = parse_address(self.listen)
        if not address.loopback and self.token_file is None:
            raise ValueError(f"listening on {address}, others can reach it: token_file is needed")
        return self
