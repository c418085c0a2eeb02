from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from clew.answers.reports import AT_ONCE, FRESH_SECONDS, USABLE_SECONDS, Reports
from clew.runtime.clock import Deadline
from clew.runtime.errors import PermanentError, TransientError
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


@pytest.mark.parametrize(
    "error", [TransientError("no node answers"), PermanentError("403"), TimeoutError()]
)
def test_a_store_that_does_not_answer_leaves_the_agents_unknown(error: Exception):
    """Whatever is wrong with it, lines may be found all the same; the next question tries again."""

    class Ill(MemoryStateStore):
        ill = True

        async def get(self, key: str) -> State | None:
            if self.ill:
                raise error
            return await super().get(key)

    async def run() -> list[list[Report] | None]:
        state = Ill()
        state.ill = False
        await say(state, report("a", NOON))
        state.ill = True
        reports = Reports(state)
        found = [await reports.latest(patience())]
        state.ill = False
        return [*found, await reports.latest(patience())]

    assert asyncio.run(run()) == [None, [report("a", NOON)]]


class Slow(MemoryStateStore):
    """Reads nothing until it is let to."""

    def __init__(self) -> None:
        super().__init__()
        self.let, self.asked, self.reads = asyncio.Event(), asyncio.Event(), 0

    async def keys(self, prefix: str) -> list[str]:
        self.reads += 1
        self.asked.set()
        await self.let.wait()
        return await super().keys(prefix)


def test_nobody_waits_beyond_the_deadline():
    """The answer is that nothing is known; what is begun goes on for the questions after it."""

    async def run() -> list[list[Report] | None]:
        state = Slow()
        await say(state, report("a", NOON))
        reports = Reports(state)
        found = [await reports.latest(Deadline.after(0.01))]
        state.let.set()
        found.append(await reports.latest(patience()))
        assert state.reads == 1
        return found

    assert asyncio.run(run()) == [None, [report("a", NOON)]]


def test_an_asker_who_gives_up_takes_the_reports_from_nobody_else():
    async def run() -> list[Report] | None:
        state = Slow()
        await say(state, report("a", NOON))
        reports = Reports(state)
        async with asyncio.TaskGroup() as group:
            first, second = (group.create_task(reports.latest(patience())) for _ in range(2))
            await state.asked.wait()
            first.cancel()
            state.let.set()
        return second.result()

    assert asyncio.run(run()) == [report("a", NOON)]


def test_while_newer_ones_are_read_those_before_are_used_for_a_while():
    async def run() -> list[int | None]:
        state, clock = Slow(), SetClock()
        state.let.set()
        await say(state, report("a", NOON))
        reports = Reports(state, clock)

        async def count(seconds: float = 0.01) -> int | None:
            found = await reports.latest(Deadline.after(seconds))
            return None if found is None else len(found)

        counts = [await count(60)]
        state.let.clear()
        await say(state, report("b", NOON))
        clock.advance(FRESH_SECONDS + 0.1)
        counts += [await count(), await count(60)]
        clock.advance(USABLE_SECONDS)
        counts.append(await count())
        state.let.set()
        counts.append(await count(60))
        assert state.reads == 2
        return counts

    assert asyncio.run(run()) == [1, 1, 1, None, 2]


def test_reports_that_took_long_to_read_are_fresh_when_they_are_there():
    class Long(Slow):
        async def keys(self, prefix: str) -> list[str]:
            clock.advance(2 * FRESH_SECONDS)
            return await super().keys(prefix)

    clock = SetClock()

    async def run() -> int:
        state = Long()
        state.let.set()
        reports = Reports(state, clock)
        for _ in range(3):
            await reports.latest(patience())
        return state.reads

    assert asyncio.run(run()) == 1


def test_what_is_being_read_ends_when_the_reports_are_closed():
    async def run() -> set[asyncio.Task[object]]:
        reports = Reports(Slow())
        await reports.latest(Deadline.after(0.01))
        await reports.close()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(run()) == set()
