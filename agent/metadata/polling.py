"""
Keep the known pods up to date: look every half minute, and at once where a pod is not known.

Not more often than every MOST_OFTEN_SECONDS, however many pods come; never at the same beat as
other nodes, since a kubelet asks the API server about tokens it has not seen for a while (T38).
A kubelet that does not answer holds up nothing but labels.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from agent import events
from agent.metadata.config import KubeletConfig
from agent.metadata.failures import KubeletError, KubeletFailure
from agent.metadata.known import KnownPods
from agent.metadata.kubelet import Kubelet
from agent.metadata.pods import PodsError, choose, decode_pods
from clew.runtime.backoff import Backoff
from clew.runtime.tasks import unless, wait

MOST_OFTEN_SECONDS = 2.0
_FIRST_BACKOFF_SECONDS, _MOST_BACKOFF_SECONDS = 1.0, 60.0


class PodPolling:
    def __init__(
        self,
        config: KubeletConfig,
        known: KnownPods,
        most_often_seconds: float = MOST_OFTEN_SECONDS,
    ) -> None:
        self._config, self._known = config, known
        self._most_often = most_often_seconds
        self._kubelet = Kubelet(config)
        self._chosen = choose(config.labels, config.labels_except)

    async def run(self, stop: asyncio.Event) -> None:
        """Until asked to stop."""
        if self._config.insecure:
            events.pods.kubelet_not_verified(self._config.url)
        backoff = Backoff(_FIRST_BACKOFF_SECONDS, _MOST_BACKOFF_SECONDS)
        while not stop.is_set():
            try:
                await unless(stop, self.look())
            except KubeletError as error:
                events.pods.kubelet_failed(self._config.url, error)
                await wait(stop, backoff.next(self._most_often))
            else:
                backoff.reset()
                await self._rest(stop)

    async def look(self) -> None:
        """Ask once. Raises KubeletError."""
        asked = self._known.asked()
        body = await self._kubelet.get_pods()
        try:
            pods = decode_pods(body, self._chosen)
        except PodsError as error:
            raise KubeletError(KubeletFailure.FORMAT, str(error)) from error
        self._known.learn(pods, asked)
        events.pods.kubelet_answered()

    async def _rest(self, stop: asyncio.Event) -> None:
        if await wait(stop, _about(self._most_often)):
            return
        await unless(stop, self._due())

    async def _due(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_about(self._config.interval_seconds)):
                await self._known.wanted.wait()


def _about(seconds: float) -> float:
    """At most a quarter more, so that nodes that began together do not go on together."""
    return seconds * random.uniform(1.0, 1.25)  # noqa: S311 - jitter is no secret
