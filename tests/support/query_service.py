"""A query service in a thread of the test: the real server on a free port, over a given store."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from aiohttp import web

from clew.rules.record import GroupRecord
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving as serving_app
from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.schema.document import Document
from clew.store.opening import Stores
from clew.store.protocols import LogStore, SeriesStore
from clew.wire.report import Report
from collector.intake.door import Admission
from collector.intake.quarantine import QuarantineIntake
from query.app import build_app, serve
from query.config import QueryConfig
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.memory_store import MemoryStore
from tests.support.reports import state_with

START_SECONDS = 20.0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Service:
    address: Address
    logs: LogStore
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return self.address.url

    def write(self, documents: Sequence[Document]) -> None:
        """Documents that arrive while the service runs."""
        written = self.logs.write(documents, Deadline.after(60))
        asyncio.run_coroutine_threadsafe(written, self.loop).result(60)

    def get(self, path: str, **headers: str) -> Reply:
        """The answer to a GET; no redirect is followed. `_` in a header's name stands for `-`."""
        return self._request("GET", path, None, headers)

    def post(self, path: str, body: bytes, **headers: str) -> Reply:
        return self._request("POST", path, body, headers)

    def _request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Reply:
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()


class UnreachableStore(MemoryStore):
    """A store behind a network that is down: no real one can be made to be that on demand."""

    async def search(self, *_: Any, **__: Any) -> Any:
        raise TransientError("no node answers", retry_after=7)

    async def visible_up_to(self) -> int:
        raise TransientError("no node answers")


class BrokenStore(MemoryStore):
    """A store with a mistake in it, as ours never has."""

    async def search(self, *_: Any, **__: Any) -> Any:
        raise LookupError("an index of the wrong kind")


def memory_store(documents: Sequence[Document]) -> MemoryStore:
    store = MemoryStore()
    # Without asyncio.run, which is not possible beside Playwright: this store never waits.
    with suppress(StopIteration):
        store.write(documents, Deadline.after(60)).send(None)
    return store


@contextmanager
def serving(
    logs: LogStore,
    reports: Sequence[Report] = (),
    *,
    series: SeriesStore | None = None,
    groups: Sequence[GroupRecord] = (),
    changeable: bool = False,
    collector_token: str = "",
    **settings: Any,
) -> Iterator[Service]:
    """
    Serve a store until the block ends; `settings` are of the `query` section.

    `reports` are what agents have said so far, `groups` what a collector has evaluated. Where the
    quarantine is `changeable`, a collector over the same store does it, for who has its token.
    """
    stores = Stores(logs, series or MemorySeriesStore(), state_with(reports, groups))
    address = Address("127.0.0.1", free_port("127.0.0.1"))
    collector = Address("127.0.0.1", free_port("127.0.0.1"))
    if changeable:
        settings.setdefault("collector_url", collector.url)
    config = QueryConfig(listen=str(address), store={"path": Path("unused")}, **settings)  # type: ignore[arg-type]
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def until_told() -> None:
        stop = asyncio.Event()
        running.set_result((asyncio.get_running_loop(), stop))
        app = web.Application()
        QuarantineIntake(logs, Admission(collector_token, 1, 1)).add_routes(app)
        async with AsyncExitStack() as stack:
            if changeable:
                await stack.enter_async_context(serving_app(app, collector))
            await serve(build_app(stores, config), address, stop)

    with ThreadPoolExecutor(1) as threads:
        served = threads.submit(asyncio.run, until_told())
        loop, stop = running.result(START_SECONDS)
        try:
            service = Service(address, logs, loop)
            _wait_until_it_listens(service)
            yield service
        finally:
            loop.call_soon_threadsafe(stop.set)
            served.result(START_SECONDS)


def _wait_until_it_listens(service: Service) -> None:
    deadline, pause = Deadline.after(START_SECONDS), threading.Event()
    while True:
        try:
            service.get("/healthz")
            return
        except ConnectionRefusedError:
            assert not deadline.passed(), "the query service does not listen"
            pause.wait(0.01)
