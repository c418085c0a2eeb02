"""
The log files of Docker's json-file driver, on a machine of its own or a node of a Swarm.

    <root>/<container ID>/<container ID>-json.log
                                        -json.log.1[.gz], .2[.gz] ...   max-file, compress
                         /config.v2.json                                name, labels

The ID stands in the path; what the container is called and belongs to stands beside it, in a file
that dockerd replaces whenever the container's state changes. Where that is missing, late or broken
the lines are read all the same, under the ID.

A container that is started again goes on in the same file, so there is no number of restarts. With
a change of its metadata a container changes, but never what names it in document IDs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from agent.sources.listed import Rooted
from agent.sources.log_file import LogFile
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.labels import bounded_labels
from clew.wire.batch import Container

CONFIG = "config.v2.json"
CONFIG_BYTES = 4 * 1024 * 1024
"""A container's configuration has some kilobytes; more than this is something else."""
SHORT_ID = 12
"""As many characters of an ID as Docker itself shows."""
NAMESPACE = "docker"
"""Of what belongs to no stack."""

_ID = re.compile(r"[0-9a-f]{12,64}")
_TAIL = re.compile(r"-json\.log(?:\.(\d{1,4}))?(\.gz)?", re.ASCII)


class _Config(msgspec.Struct):
    labels: dict[str, str] | None = msgspec.field(name="Labels", default=None)


class _Metadata(msgspec.Struct):
    """What we read of config.v2.json (moby, container/container.go)."""

    name: str = msgspec.field(name="Name", default="")
    config: _Config | None = msgspec.field(name="Config", default=None)


_decode = msgspec.json.Decoder(_Metadata).decode


class _Known(NamedTuple):
    """What a container's folder had; good as long as `stamp` and `names` are what it has."""

    stamp: tuple[int, int, int] | None
    container: Container
    names: list[str]
    files: list[LogFile]


class Docker(Rooted):
    """The log files under some folders of containers."""

    def __init__(
        self, roots: list[Path], node: str, cluster: str = "", clock: Clock = SYSTEM_CLOCK
    ) -> None:
        super().__init__(roots, node, cluster, clock)
        self._before: dict[str, _Known] = {}
        self._known: dict[str, _Known] = {}

    def files(self) -> Iterator[LogFile]:
        """Every log file there is now, the rotated ones of a container before its live one."""
        self._listing.begin()
        self._before, self._known = self._known, {}
        for root in self._roots:
            for name in self._listing.root_names(root):
                if _ID.fullmatch(name):
                    yield from self._container_files(root, name)

    def _container_files(self, root: str, id_: str) -> list[LogFile]:
        folder = f"{root}/{id_}"
        names = self._listing.names(folder)
        if not names:
            return []
        before = self._before.get(folder)
        stamp, container = self._container(folder, id_, before)
        if before is not None and before.names is names and before.container is container:
            known = before._replace(stamp=stamp)
        else:
            known = _Known(stamp, container, names, _files(root, id_, names, container))
        self._known[folder] = known
        return known.files

    def _container(
        self, folder: str, id_: str, before: _Known | None
    ) -> tuple[tuple[int, int, int] | None, Container]:
        """Read anew only where the file changed; what can't be read is tried at the next look."""
        path = f"{folder}/{CONFIG}"
        try:
            status = os.stat(path)  # noqa: PTH116 - once per container and look
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
            if before is not None and before.stamp == stamp:
                return stamp, before.container
            with Path(path).open("rb") as file:
                metadata = _decode(file.read(CONFIG_BYTES))
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if before is not None:
                return None, before.container
            return None, self._build(id_, _Metadata())
        container = self._build(id_, metadata)
        if before is not None and before.container == container:
            container = before.container
        return stamp, container

    def _build(self, id_: str, metadata: _Metadata) -> Container:
        labels = (metadata.config and metadata.config.labels) or {}
        name = metadata.name.removeprefix("/") or id_[:SHORT_ID]
        service = labels.get("com.docker.swarm.service.name", "")
        return Container(
            namespace=labels.get("com.docker.stack.namespace") or NAMESPACE,
            pod=labels.get("com.docker.swarm.task.name") or name,
            uid=id_,
            name=name,
            restart=0,
            node=self._node,
            workload=service or labels.get("com.docker.compose.service", ""),
            cluster=self._cluster,
            labels=bounded_labels(labels.items()),
        )


def _files(root: str, id_: str, names: list[str], container: Container) -> list[LogFile]:
    found: list[tuple[int, LogFile]] = []
    there = set(names)
    for name in names:
        tail = _TAIL.fullmatch(name, len(id_)) if name.startswith(id_) else None
        # dockerd writes the .gz under its name, and removes the plain file when it is whole.
        if tail is None or (tail[2] and name.removesuffix(".gz") in there):
            continue
        path = f"{root}/{id_}/{name}"
        file = LogFile(path, container, bool(tail[2]), root, key=f"docker/{id_}")
        found.append((-int(tail[1] or 0), file))
    return [file for _, file in sorted(found, key=lambda entry: entry[0])]
