"""
The log files of a node: what there is, and whose it is.

    <root>/<namespace>_<pod>_<uid>/<container>/<restart>.log
                                              /<restart>.log.<YYYYMMDD-HHMMSS>[.gz]

The path alone says whose a file is, so no line waits for the Kubernetes API. A root may also be a
folder of nodes, `<node>/var/log/pods/...` at any depth up to NODE_DEPTH, as an import has it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clew.wire.batch import Container

NODE_DEPTH = 3

_POD = re.compile(r"([a-z0-9][a-z0-9.-]*)_([a-z0-9][a-z0-9.-]*)_([0-9a-zA-Z-]+)")
_FILE = re.compile(r"(\d{1,9})\.log(\.\d{8}-\d{6})?(\.gz)?", re.ASCII)
_REPLICA_SET = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}")
_DAEMON_SET = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}")
_STATEFUL_SET = re.compile(r"-\d+")
_JOB = re.compile(r"-\d{7,10}(-[0-9a-z]{5})?")


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log file under one of its names."""

    path: str
    container: Container
    compressed: bool

    @property
    def container_key(self) -> str:
        """What names the container and its restart wherever the tree stands."""
        c = self.container
        return f"{c.namespace}_{c.pod}_{c.uid}/{c.name}/{c.restart}"


class Tree:
    """The log files under some roots."""

    def __init__(self, roots: list[Path], node: str, cluster: str = "") -> None:
        self._roots, self._node, self._cluster = roots, node, cluster
        self.unreadable: dict[str, str] = {}
        """Path -> why it can't be read, as of the last listing."""

    def files(self) -> Iterator[LogFile]:
        """Every log file there is now, the rotated ones of a container before its live one."""
        self.unreadable = {}
        for pods, node in self._pod_folders():
            for pod in self._entries(pods):
                match = _POD.fullmatch(pod)
                if match is None:
                    continue
                folder = f"{pods}/{pod}"
                for container in self._entries(folder):
                    yield from self._container_files(f"{folder}/{container}", match, node)

    def covers(self, path: str) -> bool:
        """Whether a path stands under one of the roots."""
        return any(path.startswith(f"{root}/") for root in self._roots)

    def _container_files(self, folder: str, pod: re.Match[str], node: str) -> Iterator[LogFile]:
        found: list[tuple[int, bool, str, LogFile]] = []
        for name in self._entries(folder):
            match = _FILE.fullmatch(name)
            if match is None:  # `.tmp` is a file that the kubelet is still compressing
                continue
            container = Container(
                namespace=pod[1],
                pod=pod[2],
                uid=pod[3],
                name=folder.rpartition("/")[2],
                restart=int(match[1]),
                node=node,
                workload=workload(pod[2]),
                cluster=self._cluster,
            )
            file = LogFile(f"{folder}/{name}", container, bool(match[3]))
            # For a moment a file stands there plain and as .gz: the plain one comes first.
            found.append((int(match[1]), match[2] is None, name, file))
        for *_, file in sorted(found, key=lambda entry: entry[:3]):
            yield file

    def _pod_folders(self) -> Iterator[tuple[str, str]]:
        """Folders of pods, each with the name of its node."""
        for root in map(str, self._roots):
            try:
                os.listdir(root)  # noqa: PTH208 - whether it can be done is all we need
            except OSError as error:
                self.unreadable[root] = error.strerror or str(error)
                continue
            yield root, self._node
            yield from self._nodes(root, NODE_DEPTH)

    def _nodes(self, folder: str, depth: int) -> Iterator[tuple[str, str]]:
        for name in self._entries(folder):
            path = f"{folder}/{name}"
            # Path.is_dir would raise where the folder may be listed but not entered.
            if os.path.isdir(f"{path}/var/log/pods"):  # noqa: PTH112
                yield f"{path}/var/log/pods", name
            elif depth > 1 and _POD.fullmatch(name) is None and os.path.isdir(path):  # noqa: PTH112
                yield from self._nodes(path, depth - 1)

    def _entries(self, folder: str) -> list[str]:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names are all we need
        except (FileNotFoundError, NotADirectoryError):
            # Gone since its parent was listed, a file beside the folders, or a link to nothing.
            if why := why_dangling(Path(folder)):
                self.unreadable[folder] = why
            return []
        except OSError as error:
            self.unreadable[folder] = error.strerror or str(error)
            return []
        for name in names:
            if not _is_text(name):
                self.unreadable[f"{folder}/{name!a}"] = "its name is not UTF-8"
        return list(filter(_is_text, names))


def why_dangling(path: Path) -> str:
    """What is wrong with a link that leads nowhere; empty where it does, or is gone, or is none."""
    try:
        target = str(path.readlink())
    except OSError:
        return ""
    if path.exists():
        return ""
    return (
        f"a link to nothing: {target!a} is not there (Docker keeps logs under "
        "/var/lib/docker/containers, and only links to them under /var/log/pods)"
    )


def _is_text(name: str) -> bool:
    """Whether a name can go into a document: Linux allows any bytes in one."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def workload(pod: str) -> str:
    """The Deployment, DaemonSet, StatefulSet or Job that a pod's name was made from."""
    for suffix in (_REPLICA_SET, _JOB, _DAEMON_SET, _STATEFUL_SET):
        match = re.search(rf"(?:{suffix.pattern})$", pod)
        if match is not None and match.start() > 0:
            return pod[: match.start()]
    return pod
