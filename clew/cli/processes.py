"""`clew agent`, `clew collector`, `clew query`: one process each, as a cluster runs them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from clew.runtime.config import load, read_one
from clew.runtime.tasks import run
from clew.runtime.telemetry import configure_logging

_config = click.option(
    "--config",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="The configuration file (YAML).",
)


@click.command()
@_config
@click.option("--once", is_flag=True, help="Read what is there, send it, and end.")
def agent(file: Path, once: bool) -> None:
    """
    Follow the container logs of a node and send them to a collector.

    \b
    Example:
      clew agent --config /etc/clew/agent.yaml
    """
    import agent.app
    from agent.config import AgentConfig

    config = read_one(load(file), "agent", AgentConfig, str(file))
    configure_logging("clew-agent")
    sys.exit(run(lambda stop: agent.app.run(config, stop, once=once)))


@click.command()
@_config
def collector(file: Path) -> None:
    """
    Take batches of agents into the store.

    \b
    Example:
      clew collector --config /etc/clew/collector.yaml
    """
    import collector.app
    from collector.config import CollectorConfig

    config = read_one(load(file), "collector", CollectorConfig, str(file))
    configure_logging("clew-collector")
    sys.exit(run(lambda stop: collector.app.run(config, stop)))


@click.command()
@_config
def query(file: Path) -> None:
    """
    Answer questions: web pages and an HTTP API.

    \b
    Example:
      clew query --config /etc/clew/query.yaml
    """
    import query.app
    from query.config import QueryConfig

    config = read_one(load(file), "query", QueryConfig, str(file))
    configure_logging("clew-query")
    sys.exit(run(lambda stop: query.app.run(config, stop)))
