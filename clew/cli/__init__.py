"""
The `clew` command. Each command is a module that is loaded when it is asked for.

Start-up time is imports: `clew trace` must not pay for the web framework of `clew query`.
Exit codes: 0 done; 1 it did not work out, or nothing was found; 2 wrong usage or configuration.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from clew import __version__
from clew.runtime.errors import ClewError, ConfigError

COMMANDS = {
    "up": ("clew.cli.up:up", "Run everything on this machine, over an embedded store."),
    "trace": ("clew.cli.trace:trace", "Show what happened to an ID, and which step failed."),
    "search": ("clew.cli.search:search", "Find log lines."),
    "quarantine": ("clew.cli.quarantine:quarantine", "Look at refused lines; replay or purge."),
    "conformance": ("clew.cli.conformance:conformance", "Say how well each service logs."),
    "agent": ("clew.cli.processes:agent", "Run an agent: follow the logs of a node."),
    "collector": ("clew.cli.processes:collector", "Run a collector: take batches into a store."),
    "query": ("clew.cli.processes:query", "Run the query service: pages and API."),
    "config": ("clew.cli.configuration:config", "Check configuration files."),
    "rules": ("clew.cli.rules:rules", "Check files of alert rules."),
    "lint": ("clew.cli.lint:lint", "Say what a service does wrong in its log lines."),
    "policy": ("clew.cli.policy:policy", "Check policy files: what lines have to have."),
    "schema": ("clew.cli.schema:schema", "Print the JSON Schema of a line or of a policy."),
    "demo": ("clew.cli.demo:demo", "Run only the demo shop."),
}
"""Name -> where the command is, and its short help, which must not load it."""


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), function)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Completion: eval "$(_CLEW_COMPLETE=bash_source clew)" (or zsh_source, fish_source).',
)
@click.version_option(__version__, prog_name="clew")
def cli() -> None:
    """
    Follow one transaction ID through every service and see which step failed.

    \b
    Examples:
      clew up --demo             a shop to look at, on http://127.0.0.1:8420
      clew up --logs DIR         the container logs in a folder
      clew trace A-10423         what happened to an order, a trace, a payment
    """


def main() -> None:
    """Run the command line; a failure is a sentence, not a traceback."""
    try:
        cli()
    except ConfigError as error:
        click.echo(f"clew: {error}", err=True)
        sys.exit(2)
    except ClewError as error:
        click.echo(f"clew: {error}", err=True)
        sys.exit(1)
    except (PermissionError, UnicodeEncodeError) as error:
        click.echo(f"clew: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
