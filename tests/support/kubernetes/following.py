"""The agent of this tree over the log files that a real kubelet and containerd write."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self

from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import BOTH, Question
from tests.support.balance import Figures
from tests.support.books import check_books
from tests.support.kubernetes.cluster import Cluster
from tests.support.processes import Process

Line = dict[str, Any]


class Following:
    """A collector over an embedded store, and an agent; within `with` both run."""

    def __init__(self, folder: Path, cluster: Cluster, **settings: Any) -> None:
        self._folder, self._cluster = folder, cluster
        self._store = folder / "store"
        store = {"kind": "embedded", "path": str(self._store)}
        self.collector = Process("collector", folder / "run", {"store": store})
        section = {
            "logs": [str(cluster.node_log_root)],
            "data": str(folder / "agent"),
            "node": cluster.node,
            "collector_url": self.collector.url,
            "metrics": None,
        }
        self.agent = Process("agent", folder / "run", section | settings)

    def __enter__(self) -> Self:
        self.collector.start().wait_ready()
        self.agent.start().wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.stop()
        self.collector.stop()

    def come_to_rest(self, namespace: str) -> Figures:
        """Until everything that stands in files is stored; the books of the namespace."""
        books = check_books(self.agent.url, at_rest=True)
        return {container: each for container, each in books.items() if container[0] == namespace}

    def lines(self, namespace: str, pod: str) -> list[Line]:
        """All that is stored of a pod, also what is quarantined, in the order of the runtime."""
        found = asyncio.run(self._read(namespace, pod))
        return sorted(found, key=lambda line: int(line["clew.runtime_nanoseconds"]))

    async def _read(self, namespace: str, pod: str) -> list[Line]:
        store = await EmbeddedLogStore.open(self._store, writable=False)
        try:
            question = Question(Deadline.after(120), collections=BOTH)
            lines = [hit.source async for hit in store.scan(question)]
        finally:
            await store.close()
        return [line for line in lines if whose(line) == (namespace, pod)]


def whose(line: Line) -> tuple[str, str]:
    return line["kubernetes.namespace"], line["kubernetes.pod.name"]


def text(line: Line) -> str:
    """What it says, as it was written where it is quarantined."""
    return str(line.get("message", line.get("event.original")))


def kubelet_settings(folder: Path, cluster: Cluster, token: str) -> dict[str, Any]:
    """The section that lets an agent ask the cluster's kubelet, with a token of somebody's."""
    file = folder / "token"
    file.write_text(token)
    return {
        "enabled": True,
        "url": cluster.kubelet_url,
        "token_file": str(file),
        "ca_file": str(cluster.ca_file),
        "interval_seconds": 2,
    }
