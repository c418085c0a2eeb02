"""`clew agent`, `clew collector`, `clew query`: one process each, as a cluster runs them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from clew.runtime import events
from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.config import SectionT
from clew.runtime.config_source import ConfigSource
from clew.runtime.cycles import imported_for_good
from clew.runtime.reloading import Main, Reloading
from clew.runtime.tasks import run
from clew.runtime.telemetry import configure_logging
from clew.runtime.trust import no_authorities_yet

_config = click.option(
    "--config",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="The configuration file (YAML). A change of it is taken while the process runs.",
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
    with imported_for_good(), no_authorities_yet():
        import agent.app
        from agent.config import AgentConfig

    source = ConfigSource(file, "agent", AgentConfig)
    if not once:
        _run(source, agent.app.run, "clew-agent")
    config = source.load().section
    events.configuration_loaded(SYSTEM_CLOCK.now())  # and no other as long as it runs
    configure_logging("clew-agent")
    sys.exit(run(lambda stop: agent.app.run(config, stop, once=True)))


@click.command()
@_config
def collector(file: Path) -> None:
    """
    Take batches of agents into the store.

    \b
    Example:
      clew collector --config /etc/clew/collector.yaml
    """
    with imported_for_good():
        import collector.app
        from collector.config import CollectorConfig

    _run(ConfigSource(file, "collector", CollectorConfig), collector.app.run, "clew-collector")


@click.command()
@_config
def query(file: Path) -> None:
    """
    Answer questions: web pages and an HTTP API.

    \b
    Example:
      clew query --config /etc/clew/query.yaml
    """
    with imported_for_good():
        import query.app
        from query.config import QueryConfig

    _run(ConfigSource(file, "query", QueryConfig), query.app.run, "clew-query")


def _run(source: ConfigSource[SectionT], main: Main[SectionT], service: str) -> NoReturn:
    reloading = Reloading(source, main)
    configure_logging(service)
    sys.exit(run(reloading.run))
