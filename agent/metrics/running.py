"""Sampling and shipping of one agent: what they are made of, and how they start and end."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import aiohttp

from agent.config import AgentConfig
from agent.delivery import Delivery
from agent.metrics.queue import ScrapeQueue
from agent.metrics.sampling import Sampling
from agent.metrics.scraping import Scraper
from agent.metrics.shipping import Shipping
from clew.runtime.clock import SYSTEM_CLOCK


async def sample_and_ship(config: AgentConfig, delivery: Delivery, stop: asyncio.Event) -> None:
    """
    Until asked to stop; then what is not sent stays in the spool.

    Raises ClewError where the spool can't be read.
    """
    metrics = config.metrics
    timeout_seconds = min(metrics.timeout_seconds, metrics.interval_seconds)
    with ThreadPoolExecutor(1, "metrics") as thread:
        queue = ScrapeQueue(config.data / "spool", metrics.spool_bytes, thread)
        shipping = Shipping(queue, delivery, config.node, config.deadline_seconds)
        try:
            # Connections of its own, as many as there are targets: those that hang take none from
            # what is delivered, nor from each other. And no target gives us a cookie.
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
                ) as session,
                asyncio.TaskGroup() as tasks,
            ):
                scraper = Scraper(session, queue, SYSTEM_CLOCK, timeout_seconds)
                sampling = Sampling(config, scraper, queue, SYSTEM_CLOCK)
                tasks.create_task(sampling.run(stop))
                tasks.create_task(shipping.run(stop))
        finally:
            await queue.in_thread(queue.close)
