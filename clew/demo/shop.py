"""
Run the shop: five containers, customers, and trouble by the timetable.

    customers -> gateway -> order -> stock, payment, shipping
                    each a process; its output -> containerd's log files

A run that ends leaves no process behind, however it ends. What it leaves on disk is what a node
leaves: log files to be read on, and the pods that the next run goes on with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from importlib.util import find_spec
from typing import Any

import aiohttp

from clew.demo.config import ShopConfig
from clew.demo.container import Container
from clew.demo.events import ShopEvents
from clew.demo.load import Load
from clew.demo.pods import Pods
from clew.demo.registry import REGISTRY_FILE, SERVICES, Registry, write_registry
from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.runtime.errors import ClewError
from clew.runtime.folder_lock import FolderLock

# Together less than the five seconds in which the shop is gone.
_ANSWER_SECONDS = 2.0
_STOP_SECONDS = 2.5

# Five interpreters start at once, on a machine that may be busy with a test suite.
_OPEN_SECONDS = 60.0


async def run_shop(
    config: ShopConfig, stop: asyncio.Event | None = None, events: ShopEvents | None = None
) -> None:
    """
    Keep the shop open until its orders are answered, or until `stop` is set.

    Raises ClewError where the extra is not installed, another shop runs here, a service does not
    start, or the disk refuses. On cancellation it closes too, without waiting for answers.
    """
    if find_spec("clew_logging") is None:
        raise ClewError("the demo needs: pip install 'clew[demo]'")
    config.logs.mkdir(parents=True, exist_ok=True)
    # Two shops would write the same log files.
    with FolderLock(config.state, "demo shop"):
        try:
            await Shop(config, events or ShopEvents()).run(stop or asyncio.Event())
        except ExceptionGroup as group:
            error = _first(group)
            if isinstance(error, OSError):
                raise ClewError(f"the demo shop can't go on: {error}") from error
            raise error from group


def _first(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _run_until(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Run to the end of the work, or to a little after `stop`."""
    async with asyncio.TaskGroup() as group:
        working, stopping = group.create_task(work), group.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            await asyncio.wait({working}, timeout=_ANSWER_SECONDS)
        working.cancel()
        stopping.cancel()


class Shop:
    def __init__(self, config: ShopConfig, events: ShopEvents, clock: Clock = SYSTEM_CLOCK) -> None:
        self._config, self._events, self._clock = config, events, clock
        self._registry, self._all_announced = Registry(), asyncio.Event()
        pods = Pods(config.state / "pods.json", config.logs, SERVICES)
        self._containers = {
            service: Container(service, config, pods, self._announce, events)
            for service in SERVICES
        }

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as running:
            for container in self._containers.values():
                running.create_task(container.run())
            try:
                await self._wait_until_open()
                await self._trade(stop)
            finally:
                await self._close()

    async def _trade(self, stop: asyncio.Event) -> None:
        self._events.shop_opened(self._registry.addresses["gateway"], self._config.logs)
        async with asyncio.TaskGroup() as trading:
            background = [
                trading.create_task(self._keep_timetable()),
                trading.create_task(self._look_at_logs()),
            ]
            await _run_until(Load(self._config, self._events).run(stop), stop)
            for task in background:
                task.cancel()

    async def _wait_until_open(self) -> None:
        await self._all_announced.wait()
        timeout = aiohttp.ClientTimeout(total=_OPEN_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for service in SERVICES:
                try:
                    async with session.get(self._registry.addresses[service] + "/healthz"):
                        continue
                except (aiohttp.ClientError, TimeoutError) as error:
                    sentence = f"the demo's {service} does not start; its log is in"
                    raise ClewError(f"{sentence} {self._config.logs}") from error

    async def _close(self) -> None:
        """In the order of a transaction, so that nobody's callee goes first."""
        deadline = Deadline.after(_STOP_SECONDS, self._clock)
        for container in self._containers.values():
            await container.stop(deadline.remaining())

    async def _keep_timetable(self) -> None:
        timetable, started = self._config.faults, self._clock.monotonic()
        while True:
            elapsed = self._clock.monotonic() - started
            self._set_faults(timetable.active(elapsed))
            seconds = timetable.seconds_to_change(elapsed)
            if seconds is None:
                return
            await asyncio.sleep(seconds)

    def _set_faults(self, active: frozenset[str]) -> None:
        before = frozenset(self._registry.faults)
        self._registry.faults = sorted(active)
        self._publish()
        for service in sorted(active - before):
            self._events.fault_began(service)
        for service in sorted(before - active):
            self._events.fault_ended(service)
        if "shipping" in active - before:
            self._containers["shipping"].kill()
        if "shipping" in before - active:
            self._containers["shipping"].revive()

    async def _look_at_logs(self) -> None:
        while True:
            await asyncio.sleep(self._config.rotation.look_seconds)
            for container in self._containers.values():
                await container.rotate_if_full()

    def _announce(self, service: str, address: str) -> None:
        self._registry.addresses[service] = address
        self._publish()
        if len(self._registry.addresses) == len(SERVICES):
            self._all_announced.set()

    def _publish(self) -> None:
        write_registry(self._config.state / REGISTRY_FILE, self._registry)
