"""`make elasticsearch`: an Elasticsearch to play with, until Ctrl-C; what is in it goes with it."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import click

from tests.support.components import find_program
from tests.support.elasticsearch.releases import available
from tests.support.elasticsearch.server import ElasticsearchServer


def main() -> int:
    releases = available()
    if not releases or find_program("mvn") is None:
        click.echo("a JDK (17 or later) and Maven are needed: sudo make setup-system", err=True)
        return 1
    server = ElasticsearchServer(releases[0])
    click.echo(f"starting Elasticsearch {releases[0].version}; the first start fetches it")
    with tempfile.TemporaryDirectory() as data:
        try:
            server.start(Path(data))
            click.echo(f"ready: clew up --demo --elasticsearch {server.url}")
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
