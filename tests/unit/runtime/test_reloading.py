"""Reloads with real files and a process that does nothing but run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from clew.runtime.config import Section
from clew.runtime.config_source import ConfigSource
from clew.runtime.errors import ClewError, ConfigError
from clew.runtime.reloading import Reloading
from clew.runtime.tasks import Started
from tests.support.reload_metrics import Counted, successful
from tests.support.set_clock import SetClock

OFTEN = 0.005
NEVER = 3600.0


class Lamp(Section):
    watts: int = 40


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - files and metrics set no event
        await asyncio.sleep(OFTEN)


class Process:
    """Runs until asked to stop; `starts` is every section it was started with."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "agent.yaml"
        self.starts: list[int] = []
        self.running = 0
        self.refuses: dict[int, Exception] = {}  # watts -> what the start comes to
        self.hangs: set[int] = set()  # watts with which it never gets through its start
        self.interrupted: dict[int, Exception] = {}  # watts -> what a hanging start ends with
        self.fails_later: Exception | None = None
        self.stopping: Callable[[], None] = lambda: None
        self.set(40)

    def set(self, watts: object) -> None:
        self.file.write_text(f"agent: {{watts: {watts}}}")

    async def main(self, lamp: Lamp, stop: asyncio.Event, started: Started) -> int:
        self.starts.append(lamp.watts)
        if lamp.watts in self.refuses:
            raise self.refuses[lamp.watts]
        if lamp.watts not in self.hangs:
            started()
        self.running += 1
        assert self.running == 1, "two at a time"
        await stop.wait()
        self.stopping()
        self.running -= 1
        if lamp.watts in self.interrupted:
            raise self.interrupted[lamp.watts]
        if self.fails_later is not None:
            raise self.fails_later
        return 0

    async def has(self, *starts: int) -> None:
        """Wait until it was started with these, in this order."""
        await until(lambda: self.starts == list(starts))

    def run(
        self,
        scenario: Callable[[], Awaitable[None]],
        *,
        poll_seconds: float = OFTEN,
        start_seconds: float = NEVER,
    ) -> int:
        """Its exit code, when it was asked to stop at the end of the scenario."""
        reloading = Reloading(
            ConfigSource(self.file, "agent", Lamp),
            self.main,
            poll_seconds=poll_seconds,
            start_seconds=start_seconds,
            clock=SetClock(),
        )

        async def both() -> int:
            stop = asyncio.Event()
            async with asyncio.timeout(20), asyncio.TaskGroup() as group:
                running = group.create_task(reloading.run(stop))
                await scenario()
                stop.set()
            return running.result()

        return asyncio.run(both())


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return Process(tmp_path)


def hang_up() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


def test_a_new_configuration_is_taken_after_the_old_one_has_stopped(process: Process):
    counted = Counted()

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        await process.has(40, 60)

    assert process.run(scenario) == 0
    assert process.running == 0
    assert counted() == {"taken": 1}
    assert successful() == 1


def test_sighup_is_answered_at_once(process: Process):
    """Without it nothing would happen here for an hour."""

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        hang_up()
        await process.has(40, 60)

    process.run(scenario, poll_seconds=NEVER)


def test_a_sighup_during_a_reload_is_not_lost(process: Process):
    """The file is changed again while the process stops for the first change."""

    def stopping() -> None:
        process.stopping = lambda: None
        process.set(75)
        hang_up()

    process.stopping = stopping

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        hang_up()
        await process.has(40, 60, 75)

    process.run(scenario, poll_seconds=NEVER)


def test_many_at_once_become_one(process: Process):
    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        for _ in range(100):
            hang_up()
        await process.has(40, 60)

    counted = Counted()
    process.run(scenario, poll_seconds=NEVER)
    assert process.starts == [40, 60]
    assert counted()["taken"] == 1


def test_a_wrong_configuration_leaves_the_process_alone(process: Process):
    counted = Counted()

    async def scenario() -> None:
        await process.has(40)
        process.set("many")
        await until(lambda: "refused" in counted())
        assert (process.starts, process.running, successful()) == ([40], 1, 0)
        process.set(60)
        await process.has(40, 60)

    process.run(scenario)
    assert successful() == 1


@pytest.mark.parametrize(
    "error", [ClewError("the port is in use"), ConfigError([]), OSError("no"), LookupError("?")]
)
def test_what_can_not_be_started_makes_way_for_what_ran(process: Process, error: Exception):
    """It is told why, and the next change is taken as ever."""
    process.refuses[60] = error
    counted = Counted()

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        await process.has(40, 60, 40)
        assert (successful(), counted()) == (0, {"failed": 1})
        process.set(75)
        await process.has(40, 60, 40, 75)

    process.run(scenario)
    assert successful() == 1
    assert counted() == {"failed": 1, "taken": 1}


def test_a_start_that_takes_too_long_makes_way_for_what_ran(process: Process):
    process.hangs.add(60)

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        await process.has(40, 60, 40)

    process.run(scenario, start_seconds=0.05)
    assert successful() == 0


def test_a_process_that_still_waits_for_its_store_takes_a_new_configuration(process: Process):
    """Its first configuration may be the mistake; nobody sets it a time."""
    process.hangs.add(40)

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        await process.has(40, 60)

    process.run(scenario, start_seconds=0.0001 * NEVER)


def test_what_never_ran_is_nothing_to_go_back_to(process: Process):
    """40 runs, 60 hangs, 75 fails: 40 is back."""
    process.hangs.add(60)
    process.refuses[75] = ClewError("no")

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        await process.has(40, 60)
        process.set(75)
        await process.has(40, 60, 75, 40)

    process.run(scenario)


def test_the_remedy_for_a_start_that_fails_is_not_passed_over(process: Process):
    """60 can't be started, and that shows only when 75 has been found already."""
    process.hangs.add(60)
    process.interrupted[60] = ClewError("no")

    async def scenario() -> None:
        await process.has(40)
        process.set(60)
        await process.has(40, 60)
        process.set(75)
        await process.has(40, 60, 75)

    process.run(scenario)
    assert successful() == 1


def test_a_first_start_that_fails_ends_the_process(process: Process):
    process.refuses[40] = ClewError("the port is in use")

    async def scenario() -> None: ...

    with pytest.raises(ExceptionGroup) as caught:
        process.run(scenario)
    assert caught.value.exceptions == (process.refuses[40],)


def test_a_failure_after_the_start_is_none_of_the_configuration(process: Process):
    """It ends the process, as it would without a reload before."""
    process.fails_later = ClewError("the store is another one")

    async def scenario() -> None:
        await process.has(40)
        process.set(60)

    with pytest.raises(ExceptionGroup) as caught:
        process.run(scenario)
    assert caught.value.exceptions == (process.fails_later,)


def test_a_first_configuration_with_mistakes_is_refused(process: Process):
    process.set("many")
    with pytest.raises(ConfigError):
        Reloading(ConfigSource(process.file, "agent", Lamp), process.main)
