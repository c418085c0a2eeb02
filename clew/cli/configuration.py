"""`clew config check`: all mistakes of a file at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from clew.runtime.config import KNOWN_SECTIONS, Document, Section, load, read
from clew.runtime.errors import ConfigError

_OF_A_STORE = ("collector", "query")


@click.group()
def config() -> None:
    """Check configuration files."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: Path, *, as_json: bool) -> None:
    """
    Say everything that is wrong with a configuration FILE, or that nothing is.

    A file for `clew up` may leave out the store: that has one of its own. Exits with 2 where
    something is wrong.

    \b
    Examples:
      clew config check /etc/clew/collector.yaml
      clew config check clew.yaml --json
    """
    try:
        document = load(file)
        present = {name: model for name, model in _models().items() if name in document}
        read(_with_stores(document), present, str(file))
    except ConfigError as error:
        if not as_json:
            raise
        problems = [*map(str, error.problems)]
        click.echo(json.dumps({"file": str(file), "problems": problems}))
        sys.exit(2)
    without = [name for name in present if _lacks_store(name, document)]
    if as_json:
        correct = {"file": str(file), "sections": list(present), "without_store": without}
        click.echo(json.dumps(correct))
        return
    sections = ", ".join(present) or f"no section (there are {', '.join(KNOWN_SECTIONS)})"
    click.echo(f"{file}: correct: {sections}")
    for name in without:
        click.echo(f"  for `clew up` only: `clew {name}` needs {name}.store")


def _with_stores(document: Document) -> Document:
    """The document as `clew up` completes it."""
    from clew.cli.together import embedded_in

    store = embedded_in(Path())
    return {
        name: {**(section or {}), "store": store} if _lacks_store(name, document) else section
        for name, section in document.items()
    }


def _lacks_store(name: str, document: Document) -> bool:
    if name not in _OF_A_STORE or name not in document:
        return False
    section = document[name]
    return section is None or (isinstance(section, Mapping) and section.get("store") is None)


def _models() -> dict[str, type[Section]]:
    from agent.config import AgentConfig
    from collector.config import CollectorConfig
    from query.config import QueryConfig

    return {"agent": AgentConfig, "collector": CollectorConfig, "query": QueryConfig}
