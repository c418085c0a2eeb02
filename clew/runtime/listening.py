"""What a process that others send to or ask has to say of itself: where, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from clew.runtime.addresses import Address, parse_address
from clew.runtime.config import Section


class ListeningSection(Section):
    """A section with an address, and with a token wherever other machines reach that address."""

    listen: str = Field(description="HOST:PORT to listen on.")
    token_file: Path | None = Field(
        default=None,
        validate_default=True,
        description=(
            "A file that holds the token which others have to give. Needed where `listen` is not "
            "a loopback address: logs are nobody else's business."
        ),
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

    def named_files(self) -> Mapping[str, Path | None]:
        return {"token_file": self.token_file}

    @property
    def address(self) -> Address:
        return parse_address(self.listen)
