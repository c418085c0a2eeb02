"""Targets over real HTTP, on loopback: good ones, and those that are not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import REGISTRY, generate_latest

from agent.metrics.queue import ScrapeQueue
from agent.metrics.scraping import BODY_BYTES, ScrapedTarget, Scraper
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.schema.sample import Sample, unpack_samples
from tests.support.documents import NOON
from tests.support.set_clock import SetClock

LABELS = {"job": "shop", "instance": "here:80", "node": "node-a"}
OWN = ("up", "scrape_duration_seconds", "scrape_samples_scraped")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def scraped(
    folder: Path,
    answer: Handler | None,
    *,
    timeout_seconds: float = 10.0,
    limit: int = 10,
    stop: asyncio.Event | None = None,
) -> list[Sample]:
    """The samples of one scrape; nobody listens where there is no answer."""

    async def run() -> list[Sample]:
        address = Address("127.0.0.1", free_port("127.0.0.1"))
        target = ScrapedTarget(f"{address.url}/metrics", LABELS, limit)
        app = web.Application()
        async with AsyncExitStack() as stack:
            if answer is not None:
                app.router.add_get("/metrics", answer)
                await stack.enter_async_context(serving(app, address))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            queue = ScrapeQueue(folder, 2**20, stack.enter_context(ThreadPoolExecutor(1)))
            scraper = Scraper(session, queue, SetClock(), timeout_seconds)
            scrape = await scraper.scrape(target, stop or asyncio.Event())
        assert (scrape.target, scrape.time) == (LABELS, NOON)
        return list(unpack_samples(scrape.packed))

    return asyncio.run(run())


def text(body: str | bytes, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        content = body.encode() if isinstance(body, str) else body
        return web.Response(body=content, headers={"Content-Type": "text/plain", **headers})

    return answer


def failures(reason: str) -> float:
    found = REGISTRY.get_sample_value("clew_agent_failed_scrapes_total", {"reason": reason})
    return found or 0.0


def check_down(samples: list[Sample]) -> None:
    """Nothing but what is said of every scrape, and `up` is 0."""
    assert [sample.name for sample in samples] == list(OWN)
    assert samples[0].value == samples[2].value == 0.0


def test_samples_and_what_is_said_of_every_scrape(tmp_path: Path):
    samples = scraped(tmp_path, text('a{job="mine"} 1\nb 2\n'))
    assert samples == [
        Sample("a", {"exported_job": "mine"}, 1.0),
        Sample("b", {}, 2.0),
        Sample("up", {}, 1.0),
        Sample("scrape_duration_seconds", {}, 0.0),
        Sample("scrape_samples_scraped", {}, 2.0),
    ]


def test_what_our_own_processes_say_is_understood(tmp_path: Path):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(REGISTRY), content_type="text/plain")

    samples = {s.name: s.value for s in scraped(tmp_path, answer, limit=10_000)}
    assert samples["up"] == 1.0
    assert "clew_agent_lines_total" in samples


def test_it_asks_for_plain_text(tmp_path: Path):
    seen: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        seen.update(request.headers)
        return web.Response(text="a 1\n")

    scraped(tmp_path, answer)
    assert seen["Accept"].startswith("text/plain;version=0.0.4")
    assert seen["Accept-Encoding"] == "identity"


async def missing(_: web.Request) -> web.Response:
    return web.Response(status=404, text="a 1\n")


async def moved(_: web.Request) -> web.Response:
    raise web.HTTPFound("http://127.0.0.1:1/secret")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    for _ in range(BODY_BYTES // 65536 + 2):
        await response.write(b"# nothing but a comment, as long as anybody listens\n" * 1300)
    return response


async def cut_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"a 1\n")
    assert request.transport is not None
    request.transport.abort()
    return response


BAD: dict[str, tuple[Handler | None, str]] = {
    "nobody listens": (None, "unreachable"),
    "the connection breaks": (cut_off, "unreachable"),
    "no such page": (missing, "status"),
    "a redirect": (moved, "status"),
    "a body without end": (endless, "body_too_large"),
    "too many samples": (text("".join(f"a{n} 1\n" for n in range(11))), "too_many_samples"),
    "a page": (text("<html>"), "format"),
    "OpenMetrics": (
        text("a 1\n# EOF\n", **{"Content-Type": "application/openmetrics-text"}),
        "format",
    ),
    "compressed all the same": (text(b"\x1f\x8b", **{"Content-Encoding": "gzip"}), "format"),
}


@pytest.mark.parametrize(("answer", "reason"), BAD.values(), ids=BAD.keys())
def test_a_target_that_gives_no_samples_is_down(
    tmp_path: Path, answer: Handler | None, reason: str
):
    """And the reason is counted, from a closed list."""
    before = failures(reason)
    check_down(scraped(tmp_path, answer))
    assert failures(reason) - before == 1


def test_a_target_that_does_not_answer_in_time_is_down(tmp_path: Path):
    async def silent(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    before = failures("timeout")
    check_down(scraped(tmp_path, silent, timeout_seconds=0.2))
    assert failures("timeout") - before == 1


def test_parsing_stops_when_the_agent_does(tmp_path: Path):
    """A text that takes long must not hold up the end of the process."""
    stop = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        stop.set()
        return web.Response(text="a 1\n")

    check_down(scraped(tmp_path, answer, stop=stop))
