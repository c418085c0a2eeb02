"""
A cluster for the tests, started when first asked for and shared by the whole run.

One at a time on a machine: two kubelets would have their pods in the same cgroups. Tests part by
namespace.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.programs import require_programs


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The run's cluster; a test that asks for it is skipped where something is missing."""
    programs = require_programs()
    with alone_on_this_machine():
        cluster = Cluster(tmp_path_factory.mktemp("kubernetes"), programs)
        try:
            yield cluster.start()
        finally:
            cluster.stop()


@contextmanager
def alone_on_this_machine() -> Iterator[None]:
    """Waits for another run to be done with its cluster."""
    with (Path(tempfile.gettempdir()) / "clew-kubernetes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
