"""
The node and each target, sampled in a rhythm of its own.

The rhythm is one of the wall clock: with the same interval a target is sampled at the same second
of it, before and after a restart. At which second comes from its labels, so that the targets of a
node, and the nodes of a cluster, are spread over the interval. What takes longer than an interval
misses one; nothing is made up for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agent import events
from agent.config import AgentConfig
from agent.metrics.config import TargetConfig
from agent.metrics.procfs import Procfs
from agent.metrics.queue import ScrapeQueue
from agent.metrics.scraping import ScrapedTarget, Scraper
from clew.runtime.clock import Clock
from clew.runtime.tasks import unless, wait
from clew.schema.sample import Labels, Scrape, pack_samples, target_key

NODE_JOB = "node"

Sampled = Callable[[asyncio.Event], Awaitable[Scrape | None]]
"""Makes a scrape; None where there is nothing to say."""


class Sampling:
    def __init__(
        self, config: AgentConfig, scraper: Scraper, queue: ScrapeQueue, clock: Clock
    ) -> None:
        self._interval = config.metrics.interval_seconds
        self._queue, self._clock, self._scraper = queue, clock, scraper
        self._procfs = Procfs(config.metrics.procfs)
        self._node = node_target(config)
        self._targets = [
            ScrapedTarget(each.url, target_labels(each, config), each.sample_limit)
            for each in config.metrics.targets
        ]

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._node, self._sample_node, stop))
            for target in self._targets:
                group.create_task(self._repeat(target.labels, self._scraping(target), stop))

    async def _repeat(self, target: Labels, sample: Sampled, stop: asyncio.Event) -> None:
        offset = offset_of(target, self._interval)

        async def once() -> None:
            scrape = await sample(stop)
            if scrape is not None and not stop.is_set():
                await self._queue.put(scrape)

        while not await wait(
            stop, seconds_to_next(self._clock.now() / 1e9, self._interval, offset)
        ):
            await unless(stop, once())

    def _scraping(self, target: ScrapedTarget) -> Sampled:
        return lambda stop: self._scraper.scrape(target, stop)

    async def _sample_node(self, _: asyncio.Event) -> Scrape | None:
        return await self._queue.in_thread(self.read_node)

    def read_node(self) -> Scrape | None:
        """The node's figures of this moment; None where there are none."""
        time = self._clock.now()
        samples, unread = self._procfs.read()
        events.samples.node_sampled(len(samples), unread)
        return Scrape(self._node, time, pack_samples(samples)) if samples else None


def node_target(config: AgentConfig) -> Labels:
    return {"job": NODE_JOB, "instance": config.node, **_place(config)}


def target_labels(target: TargetConfig, config: AgentConfig) -> Labels:
    own = {"job": target.job, "instance": target.instance, **_place(config)}
    return own | target.labels


def _place(config: AgentConfig) -> Labels:
    cluster = {"cluster": config.cluster} if config.cluster else {}
    return {"node": config.node, **cluster}


def offset_of(target: Labels, interval_seconds: float) -> float:
    """At which second of each interval a target is sampled."""
    return interval_seconds * (int.from_bytes(target_key(target)[:8].encode()) % 997) / 997


def seconds_to_next(now_seconds: float, interval_seconds: float, offset_seconds: float) -> float:
    """
    Until the wall clock is next at an offset of an interval.

    More than a tenth of the interval away: a timer that comes a little early does not ring twice.
    """
    seconds = interval_seconds - (now_seconds - offset_seconds) % interval_seconds
    return seconds if seconds > interval_seconds / 10 else seconds + interval_seconds
