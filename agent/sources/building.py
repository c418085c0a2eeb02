"""Out of the configuration the sources of a node. Those that are off are not even imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.sources.config import JournaldConfig, SourcesConfig
from agent.sources.several import Several
from agent.sources.source import Source
from clew.runtime.clock import Clock
from clew.wire.batch import Container

if TYPE_CHECKING:
    from agent.sources.journald import JournalFollower


def build_source(config: SourcesConfig, node: str, cluster: str, clock: Clock) -> Source:
    """All sources of files that are on, as one."""
    sources: list[Source] = []
    if config.logs:
        from agent.sources.kubernetes import Kubernetes

        sources.append(Kubernetes(config.logs, node, cluster, config.linked_logs, clock))
    if config.docker.enabled:
        from agent.sources.docker import Docker

        sources.append(Docker(config.docker.roots, node, cluster))
    if config.mesos.enabled:
        from agent.sources.mesos import Mesos

        sources.append(Mesos(config.mesos.roots, node, cluster))
    if config.files:
        from agent.sources.files import Files, Group

        groups = [
            Group(
                each.paths, each.exclude, each.service, each.namespace, tuple(each.labels.items())
            )
            for each in config.files
        ]
        sources.append(Files(groups, node, cluster))
    return sources[0] if len(sources) == 1 else Several(sources)


def open_journal(
    config: JournaldConfig, node: str, cluster: str, clock: Clock, cursor: str
) -> JournalFollower:
    """The node's journal, behind the entry that a cursor names."""
    from agent.sources.journald import JournalFollower, matches_of

    return JournalFollower(
        cursor,
        Container("journal", node, "", "journal", 0, node, "", cluster),
        clock,
        matches=matches_of(config.units, kernel=config.kernel),
        directory=config.directory,
        program=config.program,
    )
