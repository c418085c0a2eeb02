"""
A collector's alerting on a stage: real stores and a clock that a test moves.

    async with stage(RULES) as on:
        await on.log(3, service="pay")      three lines of a service, now
        await on.after(15)                  15 seconds later, a round of what is due
        on.states                           {("PayFails", "pay"): "firing"}
        on.received                         what the Alertmanager was sent, in order
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
from aiohttp import web

from clew.answers.reports import Reports
from clew.rules.states import Alert
from clew.runtime.addresses import free_port
from clew.runtime.clock import Deadline
from clew.runtime.errors import PermanentError, TransientError
from clew.schema.timestamps import SECOND
from clew.store.protocols import State
from collector.alerting.alerting import Alerting
from collector.alerting.alertmanager import Alertmanager
from collector.alerting.config import AlertingConfig
from collector.alerting.evaluation import Evaluator
from collector.alerting.files import read_groups
from collector.alerting.group import GroupRunner
from collector.alerting.lease import Lease
from collector.alerting.reported import WithReports
from tests.support.documents import NOON, document
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.memory_state_store import MemoryStateStore
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


class BreakableState(MemoryStateStore):
    """A state store that can't be reached while it is `broken`."""

    broken = False

    async def get(self, key: str) -> State | None:
        if self.broken:
            raise TransientError("the state is away")
        return await super().get(key)


class BreakableStore(MemoryStore):
    """A store that can't be reached while it is `broken`, or refuses while it is `locked`."""

    broken = locked = False

    async def visible_up_to(self) -> int:
        if self.broken:
            raise TransientError("the store is away")
        if self.locked:
            raise PermanentError("no privilege")
        return await super().visible_up_to()


@dataclass
class Stage:
    rules: str
    config: AlertingConfig
    logs: BreakableStore
    state: BreakableState
    clock: SetClock
    peers: list[Peer]
    session: aiohttp.ClientSession
    series: MemorySeriesStore = field(default_factory=MemorySeriesStore)
    offsets: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.start("one")

    def start(self, holder: str) -> None:
        """A collector takes the place of the one before, which is gone without a word."""
        reported = WithReports(self.series, Reports(self.state, self.clock))
        evaluator = Evaluator(self.logs, reported, self.clock)
        groups = read_groups(self.rules, "rules.yaml")
        self.runners = [
            GroupRunner(each, 15 * SECOND, evaluator, self.state, self.clock) for each in groups
        ]
        self.alertmanagers = [Alertmanager(self.session, peer.url) for peer in self.peers]
        self.lease = Lease(self.state, holder, self.clock)
        self.alerting = Alerting(
            self.config,
            self.runners,
            self.alertmanagers,
            state=self.state,
            lease=self.lease,
            clock=self.clock,
        )

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
        """Time passes, the lease is renewed, groups are evaluated, and all is told."""
        self.clock.advance(seconds)
        with suppress(TransientError):
            await self.lease.keep()
        await self.look_round()

    async def look_round(self) -> None:
        for runner in self.runners:
            await self.alerting.evaluate(runner)
            for alertmanager in self.alertmanagers:
                await self.alerting.tell(alertmanager, runner)

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
async def stage(rules: str, *, alertmanagers: int = 1) -> AsyncIterator[Stage]:
    clock = SetClock(NOON)
    peers = [Peer() for _ in range(alertmanagers)]
    state = BreakableState(clock)
    config = AlertingConfig(external_url="http://clew.example")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        for peer in peers:
            await stack.enter_async_context(peer.serving())
        yield Stage(rules, config, BreakableStore(clock), state, clock, peers, session)
