"""
Where a question of the command line goes: to a query service, or to the store in a data folder.

The service is asked with the standard library alone; the store's libraries are loaded only when
`--data` is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import click

from clew.cli.client import DEFAULT_URL, Client, read_token

Kind = Literal["replay", "purge"]

Command = TypeVar("Command", bound=Callable[..., Any])


class Answers(Protocol):
    """Answers as the API gives them, decoded."""

    def transaction(self, identifier: str) -> dict[str, Any]: ...

    def search(self, parameters: Mapping[str, Any]) -> dict[str, Any]: ...

    def quarantine(self, parameters: Mapping[str, Any]) -> dict[str, Any]: ...

    def quarantined(self, identifier: str) -> dict[str, Any] | None:
        """One quarantined line; None where none has this ID."""
        ...

    def change_quarantine(self, kind: Kind, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One step of a replay or a purge."""
        ...

    def conformance(self, parameters: Mapping[str, Any]) -> dict[str, Any]: ...

    def service_conformance(
        self, service: str, parameters: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """One service; None where it has no line in this time."""
        ...

    def close(self) -> None: ...


def with_source(command: Command) -> Command:
    """The options that say whom to ask."""
    for option in (
        click.option(
            "--data",
            type=click.Path(path_type=Path, file_okay=False),
            help="Read the store in this data folder directly, without a query service.",
        ),
        click.option(
            "--token-file",
            envvar="CLEW_TOKEN_FILE",
            show_envvar=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="The file with the service's token.",
        ),
        click.option(
            "--url",
            envvar="CLEW_URL",
            show_envvar=True,
            default=DEFAULT_URL,
            show_default=True,
            help="The query service.",
        ),
    ):
        command = option(command)
    return command


def open_answers(url: str, token_file: Path | None, data: Path | None) -> Answers:
    """Raises ClewError where nothing can be asked."""
    if data is None:
        return Client(url, read_token(token_file))
    from clew.cli.embedded import EmbeddedStore

    return EmbeddedStore(data)
