"""
Servers for the tests, started when first asked for and shared by the whole run.

A start takes some ten seconds, so tests part by index prefix, not by server. A test that kills or
cripples a server starts its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.components import SYSTEM_PACKAGES, find_program, missing
from tests.support.elasticsearch.releases import Release, available
from tests.support.elasticsearch.server import ElasticsearchServer

ServerOf = Callable[[Release], ElasticsearchServer]

_RELEASES: list[Release | None] = [*available()]


@pytest.fixture(scope="session")
def elasticsearch_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerOf]:
    """The run's server of a release."""
    running: dict[Release, ElasticsearchServer] = {}
    with ExitStack() as stack:

        def server_of(release: Release) -> ElasticsearchServer:
            if release not in running:
                server = ElasticsearchServer(release)
                server.start(tmp_path_factory.mktemp(f"elasticsearch-{release.version}"))
                stack.callback(server.stop)
                running[release] = server
            return running[release]

        yield server_of


@pytest.fixture(scope="session")
def newest_elasticsearch() -> Release:
    """The newest release that runs here; a test that asks for it is skipped where none does."""
    if find_program("mvn") is None:
        missing("Maven", SYSTEM_PACKAGES)
    releases = available()
    return releases[0] if releases else missing("a JDK of version 17 or later", SYSTEM_PACKAGES)


@pytest.fixture(scope="session")
def elasticsearch(newest_elasticsearch: Release, elasticsearch_of: ServerOf) -> ElasticsearchServer:
    """A server of the newest release that runs here."""
    return elasticsearch_of(newest_elasticsearch)


@pytest.fixture(
    scope="session",
    params=_RELEASES or [None],
    ids=lambda release: release and release.version,
)
def each_elasticsearch(
    request: pytest.FixtureRequest, newest_elasticsearch: Release, elasticsearch_of: ServerOf
) -> ElasticsearchServer:
    """A server of every release that runs here, one after another."""
    return elasticsearch_of(request.param or newest_elasticsearch)
