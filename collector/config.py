"""The `collector` section of the configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from clew.runtime.addresses import parse_address
from clew.runtime.config import Section
from clew.store.config import StoreConfig


class CollectorConfig(Section):
    """Where the collector listens, and the store it writes."""

    listen: str = Field(default="127.0.0.1:8421", description="HOST:PORT that agents send to.")
    token_file: Path | None = Field(
        default=None,
        validate_default=True,
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

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, listen: str) -> str:
        parse_address(listen)
        return listen

    @field_validator("token_file")
    @classmethod
    def _guards_what_others_can_reach(cls, file: Path | None, read: ValidationInfo) -> Path | None:
        listen = read.data.get("listen")  # None where it is at fault itself
        if file is None and listen is not None and not parse_address(listen).loopback:
            raise ValueError(f"other machines can reach {listen}, so a token file is needed")
        return file
