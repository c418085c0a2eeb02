"""Scrapes out of the spool against a collector that is not always kind."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.streams import StreamReader
from prometheus_client import REGISTRY

from agent.delivery import Delivery
from agent.metrics.queue import SCRAPE, ScrapeQueue
from agent.metrics.shipping import BATCH_BYTES, Shipping
from agent.spool.spool import Spool
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.schema.sample import Scrape
from clew.store.protocols import Outcome, Result
from clew.wire.samples import SampleBatch, decode_samples
from collector.intake.door import Admission
from collector.intake.samples import SampleIntake
from tests.support.judged_series import JudgedSeriesStore, scrape

SPOOL_BYTES = 2**20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Judge = Callable[[SampleBatch], web.Response | None]


def lost(reason: str) -> float:
    return REGISTRY.get_sample_value("clew_agent_lost_scrapes_total", {"reason": reason}) or 0.0


async def tell_store(_: web.Request) -> web.Response:
    return web.json_response({"store": "one"})


class Collector:
    """The collector's own intake over a store, unless `judge` has another answer."""

    def __init__(self, judge: Judge = lambda _: None) -> None:
        self.judge = judge
        self.store = JudgedSeriesStore()
        self.statuses: list[int] = []
        self.address = Address("127.0.0.1", free_port("127.0.0.1"))

    def app(self) -> web.Application:
        @web.middleware
        async def judged(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method != "POST":
                return await handler(request)
            body = await request.read()
            batch = decode_samples(body, 2**26)
            # The intake reads it as it comes from the network, and this has read it already.
            request._payload = StreamReader(request.protocol, 2**26)
            request._payload.feed_data(body)
            request._payload.feed_eof()
            response = self.judge(batch) or await handler(request)
            assert isinstance(response, web.Response)
            self.statuses.append(response.status)
            return response

        app = web.Application(client_max_size=2**26, middlewares=[judged])
        app.router.add_get("/v1/store", tell_store)
        SampleIntake(self.store, Admission("", 2**26, 8)).add_routes(app)
        return app


@asynccontextmanager
async def shipping(folder: Path, address: Address) -> AsyncIterator[ScrapeQueue]:
    """A queue that is shipped from until the block ends."""
    stop = asyncio.Event()
    with ThreadPoolExecutor(1) as thread:
        queue = ScrapeQueue(folder, SPOOL_BYTES, thread)
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            delivery = Delivery(session, address.url, "", 5.0)
            ship = Shipping(queue, delivery, "node-a", 5.0, linger_seconds=0.0)
            tasks.create_task(ship.run(stop))
            yield queue
            stop.set()
        await queue.in_thread(queue.close)


async def empty(queue: ScrapeQueue) -> None:
    """Wait until everything in a queue is acknowledged."""
    async with asyncio.timeout(20):
        while await queue.oldest(BATCH_BYTES):
            pass


def shipped(folder: Path, collector: Collector, *scrapes: Scrape) -> None:
    """Ship what is in the spool, and these, until nothing is left."""

    async def run() -> None:
        async with (
            serving(collector.app(), collector.address),
            shipping(folder, collector.address) as queue,
        ):
            for each in scrapes:
                await queue.put(each)
            await empty(queue)

    asyncio.run(run())


def fill(folder: Path, *scrapes: Scrape) -> None:
    """What an agent left in its spool when it ended."""

    async def run() -> None:
        with ThreadPoolExecutor(1) as thread:
            queue = ScrapeQueue(folder, SPOOL_BYTES, thread)
            for each in scrapes:
                await queue.put(each)
            queue.close()

    asyncio.run(run())


def first(*statuses: int) -> Judge:
    """These statuses first, then what is right."""
    left = list(statuses)
    return lambda _: web.Response(status=left.pop(0), text="no") if left else None


def test_scrapes_arrive_in_their_order(tmp_path: Path):
    collector = Collector()
    scrapes = [scrape(number) for number in range(20)]
    shipped(tmp_path, collector, *scrapes)
    assert collector.store.scrapes == scrapes


def test_what_an_earlier_run_left_arrives(tmp_path: Path):
    collector = Collector()
    fill(tmp_path, scrape(1), scrape(2))
    shipped(tmp_path, collector, scrape(3))
    assert collector.store.scrapes == [scrape(1), scrape(2), scrape(3)]


def test_what_is_not_taken_now_is_sent_again(tmp_path: Path):
    """Busy, gone, a wrong token, a collector that does not know of samples yet."""
    collector = Collector(first(429, 503, 401, 404, 408))
    fill(tmp_path, scrape(1))
    shipped(tmp_path, collector)
    assert collector.statuses == [429, 503, 401, 404, 408, 200]
    assert collector.store.scrapes == [scrape(1)]


@pytest.mark.parametrize("status", [302, 304, 405, 406, 415])
def test_what_is_not_clearly_about_the_body_loses_nothing(tmp_path: Path, status: int):
    """A collector of another version, a proxy, a wrong address: one of these will be mended."""
    before = lost("refused")
    collector = Collector(first(status))
    fill(tmp_path, scrape(1))
    shipped(tmp_path, collector)
    assert collector.statuses == [status, 200]
    assert collector.store.scrapes == [scrape(1)]
    assert lost("refused") == before


def test_what_is_said_of_a_request_that_was_redirected_loses_nothing(tmp_path: Path):
    """The redirection makes a GET of it, which has no body that could be at fault."""
    before = lost("refused")
    left = [web.Response(status=302, headers={"Location": "/login"})]
    collector = Collector(lambda _: left.pop() if left else None)
    app = collector.app()

    async def login(_: web.Request) -> web.Response:
        return web.Response(status=400)

    async def run() -> None:
        async with serving(app, collector.address), shipping(tmp_path, collector.address) as queue:
            await empty(queue)

    app.router.add_get("/login", login)
    fill(tmp_path, scrape(1))
    asyncio.run(run())
    assert collector.store.scrapes == [scrape(1)]
    assert lost("refused") == before


def test_an_answer_that_is_none_is_not_believed(tmp_path: Path):
    answers = [
        "<html>",
        '{"acknowledged": 2}',
        '{"acknowledged": -1}',
        '{"acknowledged":1,"refused":2}',
    ]
    collector = Collector(lambda _: web.Response(text=answers.pop()) if answers else None)
    fill(tmp_path, scrape(1))
    shipped(tmp_path, collector)
    assert collector.statuses == [200] * 5
    assert collector.store.scrapes == [scrape(1)]


def test_what_is_too_large_is_halved_until_it_is_taken(tmp_path: Path):
    collector = Collector(lambda b: web.Response(status=413) if len(b.scrapes) > 2 else None)
    scrapes = [scrape(number) for number in range(9)]
    fill(tmp_path, *scrapes)
    shipped(tmp_path, collector)
    assert 413 in collector.statuses
    assert collector.store.scrapes == scrapes


def test_a_scrape_that_is_refused_alone_is_dropped_counted_and_holds_up_no_other(tmp_path: Path):
    before = lost("refused")
    collector = Collector(lambda b: web.Response(status=400) if scrape(3) in b.scrapes else None)
    scrapes = [scrape(number) for number in range(9)]
    fill(tmp_path, *scrapes)
    shipped(tmp_path, collector)
    assert collector.store.scrapes == [each for each in scrapes if each != scrape(3)]
    assert lost("refused") - before == 1


def test_what_the_store_will_never_take_is_counted(tmp_path: Path):
    before = lost("unfit")
    collector = Collector()
    collector.store.judge = lambda each: (
        Result(Outcome.REFUSED, "no") if each == scrape(1) else None
    )
    fill(tmp_path, scrape(0), scrape(1), scrape(2))
    shipped(tmp_path, collector)
    assert collector.store.scrapes == [scrape(0), scrape(2)]
    assert lost("unfit") - before == 1


def test_what_the_store_holds_is_sent_again(tmp_path: Path):
    held = [scrape(1)]

    def hold_once(each: Scrape) -> Result | None:
        if each not in held:
            return None
        held.remove(each)
        return Result(Outcome.HELD, "busy")

    collector = Collector()
    collector.store.judge = hold_once
    fill(tmp_path, scrape(0), scrape(1), scrape(2))
    shipped(tmp_path, collector)
    assert collector.store.scrapes == [scrape(0), scrape(1), scrape(2)]
    assert len(collector.statuses) == 2


def test_what_another_version_spooled_is_counted_and_passed_over(tmp_path: Path):
    before = lost("unreadable")
    spool = Spool(tmp_path, SPOOL_BYTES, lambda *_: None)
    spool.append(SCRAPE, b"\x90")
    spool.append(200, b"log bytes")
    spool.close()
    collector = Collector()
    shipped(tmp_path, collector, scrape(1))
    assert collector.store.scrapes == [scrape(1)]
    assert lost("unreadable") - before == 2


def test_a_stop_leaves_what_is_not_sent_in_the_spool(tmp_path: Path):
    """At once, also while the collector is silent; the next run sends it."""
    fill(tmp_path, scrape(1))
    asked = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/v1/store", tell_store)
        app.router.add_post("/v1/samples", silent)
        address = Address("127.0.0.1", free_port("127.0.0.1"))
        async with serving(app, address), asyncio.timeout(20), shipping(tmp_path, address):
            await asked.wait()

    asyncio.run(run())
    collector = Collector()
    shipped(tmp_path, collector)
    assert collector.store.scrapes == [scrape(1)]


def test_a_full_disk_loses_the_scrape_counts_it_and_is_survived(tmp_path: Path):
    before = lost("disk")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        fill(tmp_path, scrape(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    collector = Collector()
    shipped(tmp_path, collector, scrape(2))
    assert collector.store.scrapes == [scrape(2)]
    assert lost("disk") - before == 1


def test_a_scrape_that_is_larger_than_the_spool_allows_is_counted(tmp_path: Path):
    before = lost("too_large")
    fill(tmp_path, msgspec.structs.replace(scrape(1), packed=b"x" * SPOOL_BYTES))
    assert lost("too_large") - before == 1
