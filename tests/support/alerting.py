"""
A collector's alerting on a stage: real stores and a clock that a test moves.

    async with stage(tmp_path, RULES) as on:
        await on.log(3, service="pay")      three lines of a service, now
        await on.after(15)                  15 seconds later, a round of what is due
        on.states                           {("PayFails", "pay"): "firing"}
        on.received                         what the Alertmanager was sent, in order
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from clew.rules.states import Alert
from clew.runtime.addresses import free_port
from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.schema.timestamps import SECOND
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import StateStore
from collector.alerting.alerting import Alerting
from collector.alerting.alertmanager import Alertmanager
from collector.alerting.config import AlertingConfig
from collector.alerting.evaluation import Evaluator
from collector.alerting.files import read_groups
from collector.alerting.group import GroupRunner
from collector.alerting.lease import Lease
from tests.support.documents import NOON, document
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.memory_store import MemoryStore
from tests.support.set_clock import SetClock


class Peer:
    """What an Alertmanager does on the wire; `status` is what it answers with."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.status = 200
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        if self.status < 500:
            self.received += await request.json()
        return web.Response(status=self.status, text="" if self.status == 200 else "no")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/api/v2/alerts", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port("127.0.0.1")
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield
        finally:
            await runner.cleanup()


class BreakableStore(MemoryStore):
    """A store that can't be reached while it is `broken`."""

    broken = False

    async def visible_up_to(self) -> int:
        if self.broken:
            raise TransientError("the store is away")
        return await super().visible_up_to()


@dataclass
class Stage:
    rules: str
    config: AlertingConfig
    logs: BreakableStore
    state: StateStore
    clock: SetClock
    peers: list[Peer]
    session: aiohttp.ClientSession
    series: MemorySeriesStore = field(default_factory=MemorySeriesStore)
    offsets: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.start("one")

    def start(self, holder: str) -> None:
        """A collector takes the place of the one before, which is gone without a word."""
        evaluator = Evaluator(self.logs, self.series, self.clock)
        groups = read_groups(self.rules, "rules.yaml")
        self.runners = [
            GroupRunner(each, 15 * SECOND, evaluator, self.state, self.clock) for each in groups
        ]
        alertmanagers = [Alertmanager(self.session, peer.url) for peer in self.peers]
        self.lease = Lease(self.state, holder, self.clock)
        self.alerting = Alerting(self.config, self.runners, alertmanagers, self.lease, self.clock)

    async def log(self, lines: int, *, service: str = "pay", **fields: Any) -> None:
        now = self.clock.now() - 1
        documents = [
            document(
                next(self.offsets),
                {"service.name": service, "clew.severity": 17, **fields},
                time=now,
            )
            for _ in range(lines)
        ]
        await self.logs.write(documents, Deadline.after(60))

    async def after(self, seconds: float) -> None:
        """Time passes, a lease is renewed in it, and then there is a round."""
        self.clock.advance(seconds)
        if await self.lease.keep():
            for runner in self.runners:
                await self.alerting.round(runner)

    @property
    def alerts(self) -> list[Alert]:
        return [alert for runner in self.runners for alert in runner.alerts]

    @property
    def states(self) -> dict[tuple[str, str], str]:
        return {
            (each.labels["alertname"], each.labels.get("service_name", "")): each.state.value
            for each in self.alerts
        }

    @property
    def received(self) -> list[dict[str, Any]]:
        return self.peers[0].received

    @contextmanager
    def store_away(self) -> Iterator[None]:
        self.logs.broken = True
        try:
            yield
        finally:
            self.logs.broken = False


@asynccontextmanager
async def stage(folder: Path, rules: str, *, alertmanagers: int = 1) -> AsyncIterator[Stage]:
    clock = SetClock(NOON)
    peers = [Peer() for _ in range(alertmanagers)]
    state = await EmbeddedStateStore.open(folder, writable=True, clock=clock)
    config = AlertingConfig(external_url="http://clew.example")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(state.close)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        for peer in peers:
            await stack.enter_async_context(peer.serving())
        yield Stage(rules, config, BreakableStore(clock), state, clock, peers, session)
