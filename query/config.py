"""The `query` section of the configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from clew.runtime.addresses import Address, parse_address
from clew.runtime.config import Section
from clew.store.config import StoreConfig


class QueryConfig(Section):
    listen: str = Field(
        default="127.0.0.1:8420",
        description="HOST:PORT of the pages and the API.",
    )
    token_file: Path | None = Field(
        default=None,
        validate_default=True,
        description=(
            "A file that holds the token which people and programs have to give. Needed where "
            "`listen` is not a loopback address: logs are nobody else's business."
        ),
    )
    store: StoreConfig = Field(description="Where documents are kept.")
    request_timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        le=300,
        description="How long one request may take before it is answered with 504.",
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

    @property
    def address(self) -> Address:
        return parse_address(self.listen)
