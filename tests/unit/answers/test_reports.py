from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from clew.answers.reports import AT_ONCE, FRESH_SECONDS, Reports
from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import State, StateStore
from clew.wire.report import Report, encode_report, report_key
from tests.support.documents import NOON
from tests.support.memory_state_store import MemoryStateStore
from tests.support.reports import report
from tests.support.set_clock import SetClock

Opened = Callable[[], AbstractAsyncContextManager[StateStore]]


@pytest.fixture(params=["memory", "embedded"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    @asynccontextmanager
    async def opened() -> AsyncIterator[StateStore]:
        store: StateStore = MemoryStateStore()
        if request.param == "embedded":
            store = await EmbeddedStateStore.open(tmp_path, writable=True)
        try:
            yield store
        finally:
            await store.close()

    return opened


async def put(state: StateStore, key: str, value: bytes) -> None:
    found = await state.get(key)
    assert await state.put_if(key, value, version=found and found.version)


async def say(state: StateStore, *reports: Report) -> None:
    for each in reports:
        await put(state, report_key(each.agent, each.node), encode_report(each))


def patience() -> Deadline:
    return Deadline.after(60)


def test_every_agent_has_one_report(opened: Opened):
    """More than are read at once, in the order of their nodes; other keys are passed over."""
    reports = [report(f"node-{number:03}", NOON + number) for number in range(3 * AT_ONCE)]

    async def run() -> list[Report] | None:
        async with opened() as state:
            await say(state, *reversed(reports))
            await put(state, "leases/rules", b"{}")
            return await Reports(state).latest(patience())

    assert asyncio.run(run()) == reports


def test_no_report_is_no_agent(opened: Opened):
    async def run() -> list[Report] | None:
        async with opened() as state:
            return await Reports(state).latest(patience())

    assert asyncio.run(run()) == []


def test_a_report_that_cannot_be_read_is_of_an_agent_of_which_nothing_is_known(opened: Opened):
    """It is there, so nothing is called complete without it."""

    async def run() -> list[Report] | None:
        async with opened() as state:
            await put(state, report_key("east/node-1", "node-1"), b"of another version")
            return await Reports(state).latest(patience())

    assert asyncio.run(run()) == [Report("east/node-1", "node-1", 0, 0, 0, 0, 0, 0)]


def test_questions_of_one_moment_read_the_reports_once():
    """What is a moment old claims less than is so; then it is read again."""

    class Counting(MemoryStateStore):
        times = 0

        async def keys(self, prefix: str) -> list[str]:
            self.times += 1
            return await super().keys(prefix)

    async def run() -> tuple[list[int], list[Report] | None]:
        state, clock = Counting(), SetClock()
        reports = Reports(state, clock)
        await say(state, report("a", NOON))
        await asyncio.gather(*(reports.latest(patience()) for _ in range(5)))
        times = [state.times]
        await say(state, report("a", NOON + 1))
        clock.advance(FRESH_SECONDS + 0.1)
        latest = await reports.latest(patience())
        return [*times, state.times], latest

    assert asyncio.run(run()) == ([1, 2], [report("a", NOON + 1)])


def test_a_store_that_does_not_answer_leaves_the_agents_unknown():
    """Lines may be found all the same; the next question tries again."""

    class Unreachable(MemoryStateStore):
        async def get(self, key: str) -> State | None:
            raise TransientError("no node answers")

        async def keys(self, prefix: str) -> list[str]:
            return [report_key("a", "a")]

    assert asyncio.run(Reports(Unreachable()).latest(patience())) is None


def test_nobody_waits_beyond_the_deadline():
    class Slow(MemoryStateStore):
        async def keys(self, prefix: str) -> list[str]:
            await asyncio.Event().wait()
            return []

    with pytest.raises(TimeoutError):
        asyncio.run(Reports(Slow()).latest(Deadline.after(0.01)))
