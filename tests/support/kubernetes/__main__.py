"""`make kubernetes` builds the cluster of the tests; with `run` one runs, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import click

from tests.support.components import find_program
from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.fixture import alone_on_this_machine
from tests.support.kubernetes.programs import binary, build, require_programs


@click.command()
@click.argument("what", type=click.Choice(["build", "run"]))
def main(what: str) -> None:
    """Build it, or let it run."""
    if what == "build":
        _build()
    else:
        _run()


def _build() -> None:
    if not binary().exists() and find_program("go") is None:
        click.echo("Go is needed, of the version in tests/support/kubernetes/kube/go.mod", err=True)
        sys.exit(1)
    build()


def _run() -> None:
    programs = require_programs()
    with alone_on_this_machine(), tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "cluster", programs)
        try:
            cluster.start()
            click.echo(f"logs: {cluster.node_log_root}, kubelet: {cluster.kubelet_url}")
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        except KeyboardInterrupt:
            pass
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
