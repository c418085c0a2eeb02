"""
The log files of a Kubernetes node, as the kubelet lays them out.

    <root>/<namespace>_<pod>_<uid>/<container>/<restart>.log
                                              /<restart>.log.<YYYYMMDD-HHMMSS>[.gz]

The path alone says whose a file is, so no line waits for the Kubernetes API. A root may also be a
folder of nodes, `<node>/var/log/pods/...` at any depth up to NODE_DEPTH, as an import has it. With
Docker as the runtime each of these files is a link to `<id>-json.log` among Docker's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent.sources.listed import Rooted
from agent.sources.log_file import LogFile
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.wire.batch import Container

NODE_DEPTH = 3
_PODS = "var/log/pods"

_POD = re.compile(r"([a-z0-9][a-z0-9.-]*)_([a-z0-9][a-z0-9.-]*)_([0-9a-zA-Z-]+)")
_FILE = re.compile(r"(\d{1,9})\.log(\.\d{8}-\d{6})?(\.gz)?", re.ASCII)
_REPLICA_SET = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}")
_DAEMON_SET = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}")
_STATEFUL_SET = re.compile(r"-\d+")
_JOB = re.compile(r"-\d{7,10}(-[0-9a-z]{5})?")


class _Container(NamedTuple):
    """What a folder of a container had; good as long as `names` is the list that it has."""

    names: list[str]
    files: list[LogFile]


class _Pods(NamedTuple):
    """The paths in a folder of pods, and what else is in it; good as long as `names` is."""

    names: list[str]
    pods: list[str]
    others: list[str]


class Kubernetes(Rooted):
    """The log files under some roots. `link_roots` is where they may be links to."""

    def __init__(
        self,
        roots: list[Path],
        node: str,
        cluster: str = "",
        link_roots: list[Path] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        super().__init__(roots, node, cluster, clock)
        self._link_roots = tuple(str(root) for root in link_roots or ())
        self._before: dict[str, _Container] = {}
        self._containers: dict[str, _Container] = {}
        self._pods_before: dict[str, _Pods] = {}
        self._pods: dict[str, _Pods] = {}

    def files(self) -> Iterator[LogFile]:
        """Every log file there is now, the rotated ones of a container before its live one."""
        self._listing.begin()
        self._before, self._containers = self._containers, {}
        self._pods_before, self._pods = self._pods, {}
        for root in self._roots:
            if not self._listing.root_names(root):
                continue
            yield from self._files_of_pods(root, root, self._node)
            for pods, node in self._nodes(root, NODE_DEPTH):
                yield from self._files_of_pods(pods, root, node)

    def _files_of_pods(self, folder: str, root: str, node: str) -> Iterator[LogFile]:
        names, paths = self._listing.names, self._listing.paths
        before, containers = self._before, self._containers
        for pod in self._entries(folder).pods:
            for path in paths(pod):
                found = names(path)
                if not found:
                    continue
                kept = before.get(path)
                if kept is None or kept.names is not found:
                    kept = _Container(found, self._container_files(path, found, root, node))
                containers[path] = kept
                yield from kept.files

    def _entries(self, folder: str) -> _Pods:
        """What is in a folder that may have pods in it."""
        names = self._listing.names(folder)
        known = self._pods.get(folder) or self._pods_before.get(folder)
        if known is None or known.names is not names:
            pods = [f"{folder}/{name}" for name in names if _POD.fullmatch(name)]
            others = [f"{folder}/{name}" for name in names if not _POD.fullmatch(name)]
            known = _Pods(names, pods, others)
        self._pods[folder] = known
        return known

    def _container_files(
        self, folder: str, names: list[str], root: str, node: str
    ) -> list[LogFile]:
        pod, container_name = folder.split("/")[-2:]
        match = _POD.fullmatch(pod)
        assert match is not None
        containers: dict[int, Container] = {}
        found: list[tuple[int, bool, str, LogFile]] = []
        for name in names:
            parts = _FILE.fullmatch(name)
            if parts is None:  # `.tmp` is a file that the kubelet is still compressing
                continue
            restart = int(parts[1])
            if restart not in containers:
                containers[restart] = Container(
                    namespace=match[1],
                    pod=match[2],
                    uid=match[3],
                    name=container_name,
                    restart=restart,
                    node=node,
                    workload=workload(match[2]),
                    cluster=self._cluster,
                )
            path, compressed = f"{folder}/{name}", bool(parts[3])
            file = LogFile(path, containers[restart], compressed, root, self._link_roots)
            # For a moment a file stands there plain and as .gz: the plain one comes first.
            found.append((restart, parts[2] is None, name, file))
        return [file for *_, file in sorted(found, key=lambda entry: entry[:3])]

    def _nodes(self, folder: str, depth: int) -> Iterator[tuple[str, str]]:
        """Folders of pods below a folder, each with the name of its node."""
        names, (_, pods, others) = self._listing.names, self._entries(folder)
        # A pod's entries are known already; to ask the disk about each would cost as much again.
        for path in [*others, *(pod for pod in pods if "var" in names(pod))]:
            if "var" in names(path) and os.path.isdir(f"{path}/{_PODS}"):  # noqa: PTH112
                yield f"{path}/{_PODS}", path.rpartition("/")[2]
            elif depth > 1 and not _POD.fullmatch(path.rpartition("/")[2]):
                yield from self._nodes(path, depth - 1)


def workload(pod: str) -> str:
    """The Deployment, DaemonSet, StatefulSet or Job that a pod's name was made from."""
    for suffix in (_REPLICA_SET, _JOB, _DAEMON_SET, _STATEFUL_SET):
        match = re.search(rf"(?:{suffix.pattern})$", pod)
        if match is not None and match.start() > 0:
            return pod[: match.start()]
    return pod
