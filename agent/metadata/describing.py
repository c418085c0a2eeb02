"""
What the agent says of a container, and what its pod asks for.

Keeps true: nobody waits for a kubelet. Lines go without labels until something is known of their
pod; the default name of their service is decided with the first batch, and stays for the life of
the container, so that no service changes its name in the middle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from agent import events
from agent.accounts import Account
from agent.metadata.annotations import ContainerWishes, parse_annotations
from agent.metadata.enriching import enrich
from agent.metadata.known import KnownPods
from agent.metadata.pods import PodMetadata
from agent.metadata.policy import AnnotationsConfig
from agent.sources.log_file import LogFile
from clew.wire.batch import Container

NO_WISHES = ContainerWishes()


class _Described(NamedTuple):
    pod: PodMetadata
    container: Container
    wishes: ContainerWishes


class Describing:
    """
    `pods` is None where no kubelet is asked; `schemas` and `dialects` are what a pod may ask for.

    Used by one thread.
    """

    def __init__(
        self,
        pods: KnownPods | None,
        config: AnnotationsConfig,
        schemas: Collection[str] = (),
        dialects: Collection[str] = (),
    ) -> None:
        self._pods, self._config = pods, config
        self._schemas, self._dialects = schemas, dialects
        self._described: dict[str, _Described] = {}

    @property
    def asks(self) -> bool:
        """Whether anything is asked about pods."""
        return self._pods is not None

    def looked(self, files: Iterable[LogFile]) -> None:
        """These are all the files there are."""
        kept = {file.container_key: file for file in files}
        self._described = {key: d for key, d in self._described.items() if key in kept}
        if self._pods is not None:
            uids = {file.container.uid for file in kept.values() if not file.key}
            self._pods.keep(uids)
            for uid in uids:
                self._pods.of(uid)  # known by the time its first line is there

    def container(self, file: LogFile, account: Account) -> Container:
        """The container of a file as it goes into a batch."""
        known = self._of(file)
        container = file.container if known is None else known.container
        if account.service is None:
            account.service = container.service
        if container.service == account.service:
            return container
        return msgspec.structs.replace(container, service=account.service)

    def wishes(self, file: LogFile) -> ContainerWishes:
        """What is asked for a container, and allowed."""
        known = self._of(file)
        return NO_WISHES if known is None else known.wishes

    def _of(self, file: LogFile) -> _Described | None:
        if self._pods is None or file.key:
            return None
        pod = self._pods.of(file.container.uid)
        if pod is None:
            return None
        known = self._described.get(file.container_key)
        # The kubelet's list is decoded anew each time; the same things are said of most pods.
        if known is None or (known.pod is not pod and known.pod != pod):
            known = _Described(pod, enrich(file.container, pod), self._wishes(file, pod))
            self._described[file.container_key] = known
        return known

    def _wishes(self, file: LogFile, pod: PodMetadata) -> ContainerWishes:
        container = file.container
        wishes, problems = parse_annotations(
            pod.annotations,
            allowed=self._config.allowed(container.namespace),
            dialects=self._dialects,
            schemas=self._schemas,
        )
        if problems:
            events.pods.annotations_ignored(f"{container.namespace}/{container.pod}", problems)
        return wishes.of(container.name)
