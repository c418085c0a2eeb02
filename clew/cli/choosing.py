"""Options that choose quarantined lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from clew.cli.times import time_option
from clew.schema.rejection import Reason

Command = TypeVar("Command", bound=Callable[..., Any])

CHOICE = ("service", "namespace", "reason", "field", "since", "until")


def with_choice(command: Command) -> Command:
    """The options that choose quarantined lines."""
    for option in (
        click.option("--until", metavar="T", callback=time_option, help="Before this time."),
        click.option(
            "--since",
            metavar="T",
            callback=time_option,
            help="From this time on: 15m, 2023-01-29.",
        ),
        click.option("--field", metavar="NAME", help="With this field at fault only."),
        click.option(
            "--reason",
            type=click.Choice(list(Reason), case_sensitive=False),
            metavar="NAME",
            help="Refused for this reason only.",
        ),
        click.option("--namespace", metavar="NAME", help="Of this namespace only."),
        click.option("--service", metavar="NAME", help="Of this service only."),
    ):
        command = option(command)
    return command


def chosen(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those options of a choice that were given."""
    return {name: options[name] for name in CHOICE if options.get(name)}
