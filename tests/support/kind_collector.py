"""
Collectors at several addresses of this machine, under one name and one port, as behind a headless
Service. Each does what it is told: takes batches, says something else, hangs, or is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web

from agent.delivery import Delivery
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.wire.batch import Answer, Batch, PartAnswer, encode_answer, encode_batch
from tests.support.set_clock import SetClock

NAME = "collector"
Say = Callable[[], web.Response | None]
"""What is said to a batch instead of taking it; None: it is taken."""


class KindCollector:
    def __init__(self, address: Address) -> None:
        self.address = address
        self.store = "one"
        self.reads: dict[str, list[int]] = {}
        """Which versions it says it reads."""
        self.say: Say = lambda: None
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        """As long as it is not set, batches and reports that came in get no answer."""
        self.tells = asyncio.Event()
        self.tells.set()
        """The same for who asks for its store."""
        self.asked = 0
        self.store_asked = 0
        self.taken: list[bytes] = []
        self.reports = 0
        self.hosts: set[str] = set()
        self.open = 0
        self.most_open = 0
        self.transports: list[asyncio.Transport] = []
        """Of the connections over which batches came."""
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        app = web.Application(client_max_size=2**26)
        app.router.add_get("/v1/store", self._tell_store)
        app.router.add_post("/v1/batches", self._take)
        app.router.add_post("/v1/reports", self._take_report)
        await self._stack.enter_async_context(serving(app, self.address))

    async def stop(self) -> None:
        self.goes_on.set()
        self.tells.set()
        await self._stack.aclose()

    async def _tell_store(self, _: web.Request) -> web.Response:
        self.store_asked += 1
        await self.tells.wait()
        return web.json_response({"store": self.store, **self.reads})

    async def _take_report(self, _: web.Request) -> web.Response:
        await self.goes_on.wait()
        self.reports += 1
        return web.Response()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.hosts.add(request.host)
        if isinstance(request.transport, asyncio.Transport):
            self.transports.append(request.transport)
        body = await request.read()
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.goes_on.wait()
        finally:
            self.open -= 1
        if (said := self.say()) is not None:
            return said
        self.taken.append(body)
        return web.Response(body=encode_answer(Answer([PartAnswer(1)], self.store)))


class Collectors:
    """Three of them, a name server that knows them, a clock that stands still, and a Delivery."""

    def __init__(self, session: aiohttp.ClientSession, count: int, deadline_seconds: float) -> None:
        port = free_port("127.0.0.1")
        self.all = [KindCollector(Address(f"127.0.0.{n}", port)) for n in range(1, count + 1)]
        self.known: Sequence[KindCollector] = list(self.all)
        """Of which the name server tells."""
        self.clock = SetClock()
        self.delivery = Delivery(
            session,
            f"http://{NAME}:{port}",
            "",
            deadline_seconds,
            agent="node-a",
            clock=self.clock,
            lookup=self._look_up,
        )

    async def _look_up(self, host: str, _: int) -> list[str]:
        assert host == NAME
        return [each.address.host for each in self.known]

    async def send(self, body: bytes = b"") -> Answer:
        return await self.delivery.send(body or a_batch(), 1)

    async def preferred(self) -> tuple[KindCollector, list[KindCollector]]:
        """The one that gets what is sent now, and the others, in the order of preference."""
        await self.send()
        addresses = [each["endpoint"].rpartition(" ")[2] for each in self.delivery.status()]
        ordered = sorted(self.all, key=lambda each: addresses.index(each.address.host))
        assert ordered[0].asked == 1
        return ordered[0], ordered[1:]

    @property
    def states(self) -> dict[str, str]:
        """Address -> state of its circuit."""
        status = self.delivery.status()
        return {each["endpoint"].rpartition(" ")[2]: each["state"] for each in status}


@asynccontextmanager
async def collectors(count: int = 3, deadline_seconds: float = 5.0) -> AsyncIterator[Collectors]:
    """Started, until the block ends."""
    # A timeout of the whole story: none of them waits for anything that takes time.
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        setting = Collectors(session, count, deadline_seconds)
        try:
            for each in setting.all:
                await each.start()
            yield setting
        finally:
            await setting.delivery.close()
            for each in setting.all:
                await each.stop()


def a_batch() -> bytes:
    return encode_batch(Batch("node-a", 5.0, "", [], []))


def busy(seconds: int) -> web.Response:
    return web.Response(status=429, headers={"Retry-After": str(seconds)})
