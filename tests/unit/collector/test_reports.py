"""Reports over real HTTP, on loopback, into a store in memory and into a real one."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.runtime.clock import Clock
from clew.runtime.errors import TransientError
from clew.schema.timestamps import SECOND
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import State, StateStore
from clew.wire.report import (
    REPORT_BYTES,
    Report,
    decode_report,
    encode_report,
    names_in_key,
    report_key,
)
from collector.intake.door import Admission
from collector.intake.reports import AT_ONCE, ATTEMPTS, LIFETIME_SECONDS, ReportIntake
from tests.support.documents import NOON
from tests.support.memory_state_store import MemoryStateStore
from tests.support.set_clock import SetClock

Opened = Callable[[Clock], AbstractAsyncContextManager[StateStore]]


@pytest.fixture(params=["memory", "embedded"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    @asynccontextmanager
    async def opened(clock: Clock):
        store: StateStore = MemoryStateStore(clock)
        if request.param == "embedded":
            store = await EmbeddedStateStore.open(tmp_path, writable=True, clock=clock)
        try:
            yield store
        finally:
            await store.close()

    return opened


def report(time: int, agent: str = "node-1", delivered_up_to: int = 0) -> Report:
    return Report(agent, "node-1", time, delivered_up_to, 0, 0, 0, 0)


@asynccontextmanager
async def listening(state: StateStore, clock: Clock, token: str = ""):
    app = web.Application()
    admission = Admission(token, limit_bytes=1, at_once=1, clock=clock)
    ReportIntake(state, admission).add_routes(app)
    address = Address("127.0.0.1", free_port("127.0.0.1"))
    async with serving(app, address):
        yield address


async def post(address: Address, body: bytes, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{address.url}/v1/reports", data=io.BytesIO(body), headers=headers
        ) as response,
    ):
        return response.status


async def kept(state: StateStore, agent: str = "node-1") -> Report | None:
    found = await state.get(report_key(agent, "node-1"))
    return None if found is None else decode_report(found.value)


def status_of(body: bytes, *, token: str = "", given: str = "") -> int:
    async def run() -> int:
        clock = SetClock()
        async with listening(MemoryStateStore(clock), clock, token) as address:
            return await post(address, body, given)

    return asyncio.run(run())


def after(opened: Opened, *reports: Report) -> Report | None:
    """What is kept after these arrived one after the other."""

    async def run() -> Report | None:
        clock = SetClock()
        async with opened(clock) as state, listening(state, clock) as address:
            for each in reports:
                assert await post(address, encode_report(each)) == 200
            return await kept(state)

    return asyncio.run(run())


def test_the_newest_report_of_an_agent_is_kept(opened: Opened):
    assert after(opened, report(NOON - 9), report(NOON - 4)) == report(NOON - 4)


def test_an_older_report_never_takes_its_place(opened: Opened):
    """It may have taken another way, over another collector."""
    assert after(opened, report(NOON - 4), report(NOON - 9)) == report(NOON - 4)


def test_a_report_of_a_clock_that_was_set_back_is_taken(opened: Opened):
    """The one before it is from a future that nobody has seen yet."""
    wrong = report(NOON + 3600 * SECOND)
    assert after(opened, wrong, report(NOON)) == report(NOON)


def test_agents_are_kept_apart(opened: Opened):
    """Also those whose names would run into each other."""
    names = [("a", "b"), ("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c")]
    keys = [report_key(*each) for each in names]
    assert len(set(keys)) == len(names)
    assert [names_in_key(key) for key in keys] == names

    async def run() -> list[str]:
        clock = SetClock()
        async with opened(clock) as state, listening(state, clock) as address:
            for agent in ("east/node-1", "west/node-1"):
                await post(address, encode_report(report(NOON, agent)))
            return await state.keys("agents/")

    assert asyncio.run(run()) == ["agents/east%2Fnode-1/node-1", "agents/west%2Fnode-1/node-1"]


def test_a_report_is_forgotten_after_a_day(opened: Opened):
    """The node of an agent that says nothing for so long is gone."""

    async def run() -> list[Report | None]:
        clock = SetClock()
        async with opened(clock) as state, listening(state, clock) as address:
            await post(address, encode_report(report(NOON)))
            clock.advance(LIFETIME_SECONDS - 1)
            before = await kept(state)
            clock.advance(2)
            return [before, await kept(state)]

    assert asyncio.run(run()) == [report(NOON), None]


class Contested(MemoryStateStore):
    """Another collector is first, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__(SetClock())
        self._times = times

    async def put_if(
        self, key: str, value: bytes, *, version: str | None, lifetime_seconds: float | None = None
    ) -> State | None:
        if self._times:
            self._times -= 1
            current = await self.get(key)
            theirs = encode_report(report(NOON - 100 + self._times))
            await super().put_if(key, theirs, version=current.version if current else None)
        return await super().put_if(key, value, version=version, lifetime_seconds=lifetime_seconds)


@pytest.mark.parametrize(("times", "status"), [(ATTEMPTS - 1, 200), (ATTEMPTS, 503)])
def test_who_was_not_first_tries_again(times: int, status: int):
    async def run() -> tuple[int, Report | None]:
        state = Contested(times)
        async with listening(state, SetClock()) as address:
            return await post(address, encode_report(report(NOON))), await kept(state)

    answer, found = asyncio.run(run())
    assert answer == status
    assert (found == report(NOON)) is (status == 200)


class Unreachable(MemoryStateStore):
    async def get(self, key: str) -> State | None:
        raise TransientError("no node answers")


def test_a_store_that_is_not_there_is_503():
    async def run() -> int:
        async with listening(Unreachable(), SetClock()) as address:
            return await post(address, encode_report(report(NOON)))

    assert asyncio.run(run()) == 503


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff",
        encode_report(report(NOON, agent="")),
        encode_report(report(NOON, agent="x" * 600)),
        encode_report(report(-1)),
        encode_report(report(NOON)).replace(b'"node-1"', b'"\\ud800"'),
    ],
)
def test_what_is_no_report_is_400(body: bytes):
    assert status_of(body) == 400


def test_what_is_too_large_is_413():
    assert status_of(b" " * (REPORT_BYTES + 1)) == 413


@pytest.mark.parametrize(("given", "status"), [("", 401), ("other", 401), ("s3cret", 200)])
def test_the_token_is_asked_for(given: str, status: int):
    assert status_of(encode_report(report(NOON)), token="s3cret", given=given) == status


class Slow(MemoryStateStore):
    """Says nothing until the test lets it."""

    def __init__(self) -> None:
        super().__init__(SetClock())
        self.asked, self.full, self.go_on = 0, asyncio.Event(), asyncio.Event()

    async def get(self, key: str) -> State | None:
        self.asked += 1
        if self.asked == AT_ONCE:
            self.full.set()
        await self.go_on.wait()
        return await super().get(key)


def test_more_than_fit_at_once_are_429():
    async def run() -> tuple[int, set[int]]:
        state = Slow()
        async with listening(state, SetClock()) as address, asyncio.TaskGroup() as group:
            posts = [
                group.create_task(post(address, encode_report(report(NOON, f"node-{number}"))))
                for number in range(AT_ONCE)
            ]
            await state.full.wait()
            refused = await post(address, encode_report(report(NOON)))
            state.go_on.set()
            return refused, {await each for each in posts}

    assert asyncio.run(run()) == (429, {200})
