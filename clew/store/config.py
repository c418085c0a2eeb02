"""The `store` section of a process' configuration: which store, where, and how to be let in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clew.runtime.errors import ConfigError, Problem

_ELASTICSEARCH_ONLY = ("urls", "username", "password_file", "api_key_file", "ca_file")


class StoreConfig(BaseModel):
    """
    Where documents are kept.

    Secrets stand in files and are read when the store is opened: a configuration can be shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["embedded", "elasticsearch"] = Field(
        default="embedded",
        description="`embedded` keeps everything in a directory of this machine, and needs no "
        "server; `elasticsearch` uses a cluster of version 8 or 9.",
    )
    path: Path | None = Field(
        default=None,
        description="Embedded: the directory. One process writes it, others may read it.",
    )
    urls: list[str] = Field(
        default=[],
        description="Elasticsearch: addresses of its nodes, such as https://es-1:9200.",
    )
    index_prefix: str = Field(
        default="clew",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        max_length=100,
        description="Elasticsearch: what the names of all indices and templates begin with.",
    )
    username: str | None = Field(
        default=None, description="Elasticsearch: the user; needs `password_file`."
    )
    password_file: Path | None = Field(
        default=None, description="Elasticsearch: a file that holds the password of `username`."
    )
    api_key_file: Path | None = Field(
        default=None,
        description="Elasticsearch: a file that holds an encoded API key, instead of a user.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="Elasticsearch: a file with the certificates to trust, in PEM; without it "
        "those of the system.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        mistakes = self._embedded() if self.kind == "embedded" else self._elasticsearch()
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def named_files(self) -> Mapping[str, Path | None]:
        """Setting -> the file it names, as sections have it."""
        return {
            "store.password_file": self.password_file,
            "store.api_key_file": self.api_key_file,
            "store.ca_file": self.ca_file,
        }

    def check_files(self, path: str) -> None:
        """As sections do; `path` is where in the configuration this one stands."""
        if self.ca_file is None:
            return
        import ssl  # not for `clew trace`, which reads this section and opens no connection

        try:
            ssl.create_default_context(cafile=self.ca_file)
        except (ssl.SSLError, OSError) as error:
            problem = Problem(f"{path}.ca_file", f"has no certificates: {error}", str(self.ca_file))
            raise ConfigError([problem]) from error

    def _embedded(self) -> list[str]:
        mistakes = [] if self.path else ["the embedded store needs `path`, the directory it is in"]
        foreign = [name for name in _ELASTICSEARCH_ONLY if getattr(self, name)]
        if foreign:
            names = ", ".join(f"`{name}`" for name in foreign)
            mistakes.append(f"{names}: for Elasticsearch only, and the kind is `embedded`")
        return mistakes

    def _elasticsearch(self) -> list[str]:
        mistakes = [] if self.urls else ["Elasticsearch needs `urls`, the addresses of its nodes"]
        mistakes += [
            f"`urls`: {url!r} does not begin with http:// or https://"
            for url in self.urls
            if not url.startswith(("http://", "https://"))
        ]
        if self.path:
            mistakes.append("`path`: for the embedded store only, and the kind is `elasticsearch`")
        if (self.username is None) != (self.password_file is None):
            mistakes.append("`username` and `password_file` go together")
        if self.api_key_file and self.username:
            mistakes.append("`api_key_file` and `username` exclude each other")
        return mistakes
