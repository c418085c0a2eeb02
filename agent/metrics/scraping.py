"""
Scrape a target: one GET, its text as samples, and what is said of every scrape.

    up                         1, or 0 where the target gave no samples
    scrape_duration_seconds    from the request to the samples
    scrape_samples_scraped     how many the target gave

A scrape never fails: one without an answer says `up` 0. A target is a stranger: it is not followed
elsewhere, waited for no longer than the timeout, and heard no further than BODY_BYTES.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from agent import events
from agent.metrics.exposition import ExpositionError, TooManySamplesError, parse_exposition
from agent.metrics.failures import ScrapeError, ScrapeFailure
from agent.metrics.queue import ScrapeQueue
from clew.runtime.clock import Clock
from clew.runtime.trust import trust
from clew.schema.sample import Labels, Sample, Scrape, pack_samples

BODY_BYTES = 10 * 1024 * 1024
_HEADERS = {
    "Accept": "text/plain;version=0.0.4,text/plain;q=0.5",
    # A bomb of a megabyte would unpack to a gigabyte before anybody counts it.
    "Accept-Encoding": "identity",
    "User-Agent": "clew-agent",
}


@dataclass(frozen=True, slots=True)
class ScrapedTarget:
    url: str
    labels: Labels
    sample_limit: int


class Scraper:
    """Scrapes into nothing yet: whoever asked puts the scrape into the queue."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        queue: ScrapeQueue,
        clock: Clock,
        timeout_seconds: float,
    ) -> None:
        self._session, self._queue, self._clock = session, queue, clock
        self._seconds = timeout_seconds

    async def scrape(self, target: ScrapedTarget, stop: asyncio.Event) -> Scrape:
        """The target's samples of this moment. When asked to stop, parsing stops too."""
        time, began = self._clock.now(), self._clock.monotonic()
        ends = began + self._seconds

        def over() -> bool:
            return stop.is_set() or self._clock.monotonic() > ends

        try:
            samples = await self._samples(target, over)
        except ScrapeError as error:
            events.samples.scrape_failed(target.labels["job"], target.url, error)
            samples, up = [], 0.0
        else:
            events.samples.scrape_succeeded(target.url)
            up = 1.0
        took = self._clock.monotonic() - began
        own = (
            Sample("up", {}, up),
            Sample("scrape_duration_seconds", {}, took),
            Sample("scrape_samples_scraped", {}, float(len(samples))),
        )
        packed = await self._queue.in_thread(pack_samples, [*samples, *own])
        return Scrape(target.labels, time, packed)

    async def _samples(self, target: ScrapedTarget, over: Callable[[], bool]) -> list[Sample]:
        """Raises ScrapeError."""
        try:
            body = await self._get(target.url)
            return await self._queue.in_thread(
                parse_exposition, body, target.labels, target.sample_limit, over
            )
        except TooManySamplesError as error:
            raise ScrapeError(ScrapeFailure.TOO_MANY_SAMPLES, str(error)) from error
        except ExpositionError as error:
            raise ScrapeError(ScrapeFailure.FORMAT, str(error)) from error
        except TimeoutError as error:
            detail = f"not done within {self._seconds:g} s"
            raise ScrapeError(ScrapeFailure.TIMEOUT, detail) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: no such URL
            detail = str(error) or type(error).__name__
            raise ScrapeError(ScrapeFailure.UNREACHABLE, detail) from error

    async def _get(self, url: str) -> bytes:
        timeout = aiohttp.ClientTimeout(total=self._seconds)
        async with self._session.get(
            url,
            headers=_HEADERS,
            timeout=timeout,
            allow_redirects=False,
            auto_decompress=False,
            ssl=trust(url),
        ) as response:
            if response.status != 200:
                raise ScrapeError(ScrapeFailure.STATUS, f"status {response.status}")
            _check_form(response)
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > BODY_BYTES:
                    detail = f"more than {BODY_BYTES} bytes"
                    raise ScrapeError(ScrapeFailure.BODY_TOO_LARGE, detail)
            return bytes(body)


def _check_form(response: aiohttp.ClientResponse) -> None:
    """Refuse what says itself that it was not asked for."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise ScrapeError(ScrapeFailure.FORMAT, f"it is compressed ({encoding[:40]})")
    # Without a type it is taken for text, as Prometheus did for long.
    kind = response.content_type
    if not kind.startswith("text/") and kind != "application/octet-stream":
        raise ScrapeError(ScrapeFailure.FORMAT, f"not text/plain but {kind[:80]}")
