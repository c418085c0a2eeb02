"""`clew up`: everything on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from clew.cli.folders import default_data
from clew.runtime.addresses import parse_address


class _HostPort(click.ParamType[str]):
    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(parse_address(str(value)))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--demo", is_flag=True, help="Open the demo shop, and follow its logs.")
@click.option(
    "--logs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A folder like /var/log/pods, or one with <node>/var/log/pods. [default: /var/log/pods]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=default_data,
    show_default="your data folder",
    help="Where everything is kept.",
)
@click.option(
    "--listen",
    type=_HostPort(),
    metavar="HOST:PORT",
    help="Where pages and API are. [default: 127.0.0.1:8420]",
)
@click.option(
    "--collector-listen",
    type=_HostPort(),
    metavar="HOST:PORT",
    help="[default: the port after that of --listen]",
)
@click.option(
    "--agent-listen",
    type=_HostPort(),
    metavar="HOST:PORT",
    help="[default: the port after the collector's]",
)
@click.option("--config", "file", type=click.Path(path_type=Path), help="A configuration file.")
@click.option(
    "--elasticsearch",
    "elasticsearch",
    metavar="URL",
    multiple=True,
    help="Keep documents in this Elasticsearch, not in the data folder.",
)
@click.option(
    "--alertmanager",
    "alertmanagers",
    metavar="URL",
    multiple=True,
    help="An Alertmanager to send alerts to; each replica by itself.",
)
@click.option(
    "--rules",
    metavar="FILE",
    multiple=True,
    help="A file of alert rules, or several by a wildcard; those that clew brings are on.",
)
@click.option("--once", is_flag=True, help="Index what is there, print a summary, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print the address, or the summary, as JSON.")
def up(  # noqa: PLR0917 - click passes options by name
    demo: bool,
    logs: tuple[Path, ...],
    data: Path,
    listen: str | None,
    collector_listen: str | None,
    agent_listen: str | None,
    file: Path | None,
    elasticsearch: tuple[str, ...],
    alertmanagers: tuple[str, ...],
    rules: tuple[str, ...],
    once: bool,
    as_json: bool,
) -> None:
    """
    Run agent, collector and query on this machine until Ctrl-C.

    \b
    Examples:
      clew up --demo
      clew up --logs /var/log/pods --listen 127.0.0.1:9000
      clew up --logs ./copied-logs --data ./index --once
      clew up --elasticsearch http://127.0.0.1:9200
      clew up --demo --alertmanager http://127.0.0.1:9093
    """
    from clew.cli.running import run_everything
    from clew.cli.together import Choices, settle

    if once and demo:
        raise click.UsageError("--once ends when everything is read, and a demo goes on: not both")
    choices = Choices(
        demo=demo,
        logs=list(logs),
        data=data,
        listen=listen,
        collector_listen=collector_listen,
        agent_listen=agent_listen,
        file=file,
        elasticsearch=list(elasticsearch),
        alertmanagers=list(alertmanagers),
        rules=list(rules),
        once=once,
    )
    sys.exit(run_everything(settle(choices), once=once, as_json=as_json))
