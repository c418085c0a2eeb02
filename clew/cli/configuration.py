"""`clew config check`: all mistakes of a file at once."""

from __future__ import annotations

from pathlib import Path

import click

from clew.runtime.config import KNOWN_SECTIONS, Section, load, read


@click.group()
def config() -> None:
    """Check configuration files."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """
    Say everything that is wrong with a configuration FILE, or that nothing is.

    Exits with 2 where something is.
    """
    document = load(file)
    present = {name: model for name, model in _models().items() if name in document}
    read(document, present, str(file))
    sections = ", ".join(present) or f"no section (there are {', '.join(KNOWN_SECTIONS)})"
    click.echo(f"{file}: correct: {sections}")


def _models() -> dict[str, type[Section]]:
    from agent.config import AgentConfig
    from collector.config import CollectorConfig
    from query.config import QueryConfig

    return {"agent": AgentConfig, "collector": CollectorConfig, "query": QueryConfig}
