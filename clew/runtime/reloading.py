"""
A process that takes a new configuration without being started again.

    files change --> looked at (every 2 s, at SIGHUP at once) --> refused: the old one stays
                                                              |
                      stop, start with the new one  <---------+
                         |            |
                      started      failed, or not started in time --> start with the old one

Keeps true:
- a configuration is taken whole or not at all, and there is one in force at any moment;
- a change is never overlooked: what is in force is compared with what stands in the files, so a
  change (or a SIGHUP) during a reload is seen after it, and many in a row become one;
- the way to the new configuration is an ordinary stop and start of the process' main coroutine:
  whatever holds for those (nothing is lost, nothing is there twice) holds for a reload.

A crash in between leaves nothing: the next start reads what stands in the files.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic

from clew.runtime import events
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.runtime.config import SectionT
from clew.runtime.config_source import ConfigSource, Configuration, Refusal
from clew.runtime.tasks import Started, wait

POLL_SECONDS = 2.0
"""A kubelet takes up to a minute to bring a changed ConfigMap; this adds little to it."""
START_SECONDS = 90.0
"""What has not started by then won't: a collector waits 60 s for Elasticsearch."""

Main = Callable[[SectionT, asyncio.Event, Started], Awaitable[int]]
"""A process: runs with a section until the event says "stop", and says when it has started."""


class Judge(Generic[SectionT]):
    """What a look at the files means, given what is in force and what was seen before."""

    def __init__(self, in_force: Configuration[SectionT], clock: Clock = SYSTEM_CLOCK) -> None:
        self.in_force = in_force
        self._clock = clock
        self._seen = self._judged = in_force.digest

    def judge(
        self, found: Configuration[SectionT] | Refusal, *, asked: bool
    ) -> Configuration[SectionT] | None:
        """
        The configuration to take now, if there is one.

        Somebody who asked has finished writing. Otherwise what was found has to be the same in two
        looks, so that a file which is being written, or a link that is just being moved, is not
        judged half-way. Each content is judged once, or as often as somebody asks.
        """
        settled, self._seen = found.digest == self._seen, found.digest
        if not asked and (not settled or found.digest == self._judged):
            return None
        self._judged = found.digest
        if isinstance(found, Refusal):
            events.reload_refused(found.error)
        elif found == self.in_force:
            events.reload_unchanged(self._clock.now())
        else:
            return found
        return None


@dataclass(slots=True)
class _Turn(Generic[SectionT]):
    """One run of the process with one configuration."""

    configuration: Configuration[SectionT]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    next: Configuration[SectionT] | None = None
    overdue: bool = False
    error: Exception | None = None
    code: int = 0

    @property
    def failure(self) -> Exception | None:
        """Why this configuration won't do; what goes wrong after the start is another matter."""
        if self.overdue:
            return self.error or TimeoutError("it took too long to start")
        return None if self.started.is_set() else self.error


class Reloading(Generic[SectionT]):
    """Runs `main` with the configuration of a source, and again with each new one."""

    def __init__(
        self,
        source: ConfigSource[SectionT],
        main: Main[SectionT],
        *,
        poll_seconds: float = POLL_SECONDS,
        start_seconds: float = START_SECONDS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Raises ConfigError where there are mistakes: then there is nothing to go back to."""
        self._source, self._main, self._clock = source, main, clock
        self._poll_seconds, self._start_seconds = poll_seconds, start_seconds
        self._judge = Judge(source.load(), clock)
        self._hangup = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> int:
        """
        Until asked to stop, or until `main` ends by itself; its exit code.

        Raises what `main` raises once it has started, and where there is no configuration to go
        back to.
        """
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hangup.set)
        events.configuration_loaded(self._clock.now())
        current = self._judge.in_force
        before: Configuration[SectionT] | None = None
        while True:
            self._judge.in_force = current
            turn = _Turn(current)
            await self._take(turn, before, stop)
            if turn.failure is not None and before is not None and not stop.is_set():
                events.reload_failed(turn.failure)
                # What came in meanwhile may be the remedy; it is not judged a second time.
                current, before = (before, None) if turn.next is None else (turn.next, before)
            elif turn.error is not None:
                raise turn.error
            elif turn.next is None or stop.is_set():
                return turn.code
            else:
                # What has never run is nothing to go back to, unless there is nothing else.
                before = current if turn.started.is_set() or before is None else before
                current = turn.next

    async def _take(
        self,
        turn: _Turn[SectionT],
        before: Configuration[SectionT] | None,
        stop: asyncio.Event,
    ) -> None:
        """Run `main` once; how it ended stands in the turn."""

        def started() -> None:
            turn.started.set()
            if before is not None:
                changed = turn.configuration.changes(before)
                events.reload_taken(changed, self._clock.now())

        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._look(turn)), group.create_task(_pass_on(stop, turn))]
            if before is not None:
                beside.append(group.create_task(self._limit(turn)))
            try:
                code = await self._main(turn.configuration.section, turn.stop, started)
                turn.code = code
            except Exception as error:  # noqa: BLE001 - a supervisor: `run` decides what it means
                turn.error = error
            for task in beside:
                task.cancel()

    async def _look(self, turn: _Turn[SectionT]) -> None:
        """Look at the files until there is something to take."""
        while turn.next is None:
            await wait(self._hangup, self._poll_seconds)
            asked = self._hangup.is_set()
            self._hangup.clear()  # before the look: a SIGHUP during it leads to another
            try:
                found = await asyncio.to_thread(self._source.look)
            except asyncio.CancelledError:
                if asked:  # the next turn's look answers it
                    self._hangup.set()
                raise
            turn.next = self._judge.judge(found, asked=asked)
        turn.stop.set()

    async def _limit(self, turn: _Turn[SectionT]) -> None:
        if not await wait(turn.started, self._start_seconds):
            turn.overdue = True
            turn.stop.set()


async def _pass_on(stop: asyncio.Event, turn: _Turn[SectionT]) -> None:
    await stop.wait()
    turn.stop.set()
