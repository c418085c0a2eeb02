"""
Run a process: one coroutine, until it ends or somebody asks it to stop.

SIGTERM and SIGINT ask once and politely, through an event; a second signal ends the process where
it stands. What the process started lives in a TaskGroup of its own.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from clew.runtime.backoff import Backoff
from clew.runtime.lifeline import end_with_parent

T = TypeVar("T")

SUPERVISED = "CLEW_SUPERVISED"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

Main = Callable[[asyncio.Event], Awaitable[int]]
"""Gets the event that says "stop", returns the exit code."""

Started = Callable[[], None]
"""Called by a process that has all it needs to run: its folder, its store, its address."""


def nobody_waits() -> None:
    """A `Started` for where nobody wants to know."""


def run(main: Main) -> int:
    """
    Run `main` to its end and return its exit code.

    A process that a supervisor started ($CLEW_SUPERVISED is set) also stops when that is gone.
    """
    return asyncio.run(_run(main))


async def _run(main: Main) -> int:
    stop = asyncio.Event()
    if os.environ.get(SUPERVISED):
        end_with_parent(stop)
    loop = asyncio.get_running_loop()

    def asked() -> None:
        # Only signals are counted: a supervisor's end comes as a signal and over the lifeline.
        stop.set()
        for number in _SIGNALS:
            loop.add_signal_handler(number, os._exit, 128 + number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, asked)
    return await main(stop)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """
    The result of some work, or None when asked to stop before it is there; then it is cancelled.

    Raises what the work raises.
    """
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


async def keep_alive(
    stop: asyncio.Event, work: Callable[[], Awaitable[None]], failed: Callable[[Exception], None]
) -> None:
    """
    Do some work until it is done or asked to stop, beginning anew whenever it fails.

    For what must not take the rest of its process down with it; `failed` is told each time.
    """
    backoff = Backoff(first_seconds=1.0, most_seconds=60.0)
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - this is a supervisor
            failed(error)
            await wait(stop, backoff.next())
        else:
            return


class Shared:
    """
    Some work that many wait for: it is done once at a time, and goes on when any of them gives up.

    Close it when nobody is going to wait any more.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    async def wait(self, seconds: float) -> None:
        """For the work's end, but no longer than so; begun if needed. Raises what it raises."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        task = self._task
        await asyncio.wait({task}, timeout=seconds)
        if task.done() and not task.cancelled():
            task.result()

    async def close(self) -> None:
        """Cancel the work, if it is under way."""
        if self._task is not None and self.running:
            self._task.cancel()
            await asyncio.wait({self._task})


async def wait(stop: asyncio.Event, seconds: float) -> bool:
    """Wait, but not when asked to stop; whether it was asked."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
