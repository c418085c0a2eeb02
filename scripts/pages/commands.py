"""docs/commands.md: the help of every command."""

from __future__ import annotations

from collections.abc import Iterator

import click

from clew.cli import cli

_HEAD = """\
# Commands

What `--help` says. This page is generated from `clew/cli` by `make docs`.
"""

_COLUMNS = 96
"""The page must not depend on whose terminal it was made in."""


def commands_page() -> str:
    lines = [_HEAD]
    for context in _contexts(cli, "clew", None):
        lines += [f"## {context.command_path}", "", "```text"]
        lines += [context.get_help(), "```", ""]
    return "\n".join(lines)


def _contexts(
    command: click.Command, name: str, above: click.Context | None
) -> Iterator[click.Context]:
    """The contexts of a command and of everything below it, as a call would make them."""
    context = command.make_context(name, [], above, resilient_parsing=True, terminal_width=_COLUMNS)
    yield context
    if isinstance(command, click.Group):
        for subcommand in command.list_commands(context):
            below = command.get_command(context, subcommand)
            assert below is not None
            yield from _contexts(below, subcommand, context)
