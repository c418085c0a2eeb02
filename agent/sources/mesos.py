"""
The sandboxes of a Mesos agent: Marathon, DC/OS.

    <root>/slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<run>/stdout[.1[.gz]]
                                                                                stderr[.1[.gz]]
                                                                   /runs/latest -> <run>

All that is known of a task stands in the path: a sandbox holds what the task fetched and wrote, and
nothing of who it is. The executor of a single command has the task's ID; Marathon makes that of the
application's and a number, `shop_cart.<uuid>` or `shop_cart.instance-<uuid>._app.1`.

Which of both outputs wrote a line is known by the file. No time stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent.sources.listed import Rooted
from agent.sources.log_file import Layout, LogFile
from agent.sources.rotated import LIVE, Order, is_log, parse_rotated
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.labels import bounded_labels
from clew.wire.batch import Container

NAMESPACE = "mesos"
LATEST = "latest"
"""A link to the newest run, which stands beside it under its own name."""

_OUTPUTS = {"stdout": 0, "stderr": 1}
_TASK = re.compile(r"(.+?)\.(?:instance-)?[0-9a-f]{8}-[0-9a-f]{4}-.*", re.ASCII)


class _Known(NamedTuple):
    """What a run's folder had; good as long as `names` is the list that it has."""

    names: list[str]
    files: list[LogFile]


class Mesos(Rooted):
    """The log files in the sandboxes under some work directories."""

    def __init__(
        self, roots: list[Path], node: str, cluster: str = "", clock: Clock = SYSTEM_CLOCK
    ) -> None:
        super().__init__(roots, node, cluster, clock)
        self._before: dict[str, _Known] = {}
        self._known: dict[str, _Known] = {}

    def files(self) -> Iterator[LogFile]:
        """Every log file there is now, the rotated ones of an output before its live one."""
        self._listing.begin()
        self._before, self._known = self._known, {}
        for root in self._roots:
            self._listing.root_names(root)
            for agent in self._below(f"{root}/slaves"):
                for framework in self._below(f"{agent}/frameworks"):
                    for executor in self._below(f"{framework}/executors"):
                        for run in self._below(f"{executor}/runs"):
                            yield from self._run_files(run, root)

    def _below(self, folder: str) -> list[str]:
        return [f"{folder}/{name}" for name in self._listing.names(folder) if name != LATEST]

    def _run_files(self, run: str, root: str) -> list[LogFile]:
        names = self._listing.names(run)
        known = self._before.get(run)
        if known is None or known.names is not names:
            known = _Known(names, self._build(run, names, root))
        self._known[run] = known
        return known.files

    def _build(self, run: str, names: list[str], root: str) -> list[LogFile]:
        _, agent, _, framework, _, executor, _, uid = run[len(root) + 1 :].split("/")
        container = self._container(agent, framework, executor, uid)
        found: list[tuple[str, Order, LogFile]] = []
        there = set(names)
        for name in names:
            rotated = parse_rotated(name)
            live, order = (name, LIVE) if rotated is None else (rotated.live, rotated.order)
            if live not in _OUTPUTS or not is_log(name, there):
                continue
            file = LogFile(
                f"{run}/{name}",
                container,
                name.endswith(".gz"),
                root,
                layout=Layout.PLAIN,
                key=f"mesos/{agent}/{framework}/{executor}/{uid}/{live}",
                output=_OUTPUTS[live],
                rotated=order != LIVE,
            )
            found.append((live, order, file))
        return [file for *_, file in sorted(found, key=lambda entry: entry[:2])]

    def _container(self, agent: str, framework: str, executor: str, run: str) -> Container:
        application = application_of(executor)
        labels = {
            "mesos.agent": agent,
            "mesos.framework": framework,
            "mesos.executor": executor,
        }
        return Container(
            namespace=NAMESPACE,
            pod=executor,
            uid=run,
            name=application,
            restart=0,
            node=self._node,
            workload=application,
            cluster=self._cluster,
            labels=bounded_labels(labels.items()),
        )


def application_of(executor: str) -> str:
    """The application that an executor or task of Marathon runs; else the executor's ID itself."""
    match = _TASK.fullmatch(executor)
    return match[1] if match else executor
