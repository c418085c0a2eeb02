"""
Whether the processes of `clew up` can do their work; the terminal is told where one can't for long.

A process says it by `/readyz`. One that does not answer is its supervisor's to tell of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

import aiohttp

from clew.runtime.addresses import Address
from clew.runtime.admin import NOT_YET_KNOWN
from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.runtime.errors import ClewError
from clew.runtime.tasks import wait
from clew.runtime.telemetry import Repeated

READY_SECONDS = 90.0
"""More than a collector waits for Elasticsearch: then it says why it gave up."""
POLL_SECONDS = 0.2
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
"""What is over by then, such as a collector that starts again, is nobody's trouble."""
AGAIN_SECONDS = 600.0

Say = Callable[[str], None]


async def wait_ready(
    session: aiohttp.ClientSession, name: str, address: Address, stop: asyncio.Event
) -> bool:
    """Wait until a process is ready; False when asked to stop first. Raises ClewError."""
    deadline = Deadline.after(READY_SECONDS)
    while not deadline.passed():
        if await get_json(session, f"{address.url}/readyz") is not None:
            return True
        if await wait(stop, POLL_SECONDS):
            return False
    raise ClewError(f"{name} is not ready after {READY_SECONDS:.0f} seconds on {address}")


async def tell_troubles(addresses: Mapping[str, Address], stop: asyncio.Event, say: Say) -> None:
    """Until asked to stop, say what keeps the processes, by their names, from their work."""
    troubles = Troubles(say)
    async with aiohttp.ClientSession() as session:
        while not await wait(stop, LOOK_SECONDS):
            for name, address in addresses.items():
                answer = await get_json(session, f"{address.url}/readyz", statuses=(200, 503))
                if answer is not None:
                    troubles.heard(name, answer.get("reasons", {}))


async def get_json(
    session: aiohttp.ClientSession, url: str, statuses: Collection[int] = (200,)
) -> dict[str, Any] | None:
    """The JSON at an URL, or None where nobody answers with one of these statuses."""
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=5)) as response:
            return dict(await response.json()) if response.status in statuses else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


class Troubles:
    """Says why a process is not ready when it lasts, when the reason changes, when it is over."""

    def __init__(self, say: Say, clock: Clock = SYSTEM_CLOCK) -> None:
        logger = logging.Logger("clew.up")
        logger.addHandler(_Saying(say))
        self._repeated = Repeated(logger, AGAIN_SECONDS, clock)
        self._clock = clock
        self._since: dict[str, float] = {}

    def heard(self, process: str, reasons: Mapping[str, str]) -> None:
        """What a process has just answered: condition -> why it is bad."""
        known = [reason for reason in reasons.values() if reason != NOT_YET_KNOWN]
        if not known:
            self._since.pop(process, None)
            self._repeated.clear(process, f"the {process} is ready again")
            return
        now = self._clock.monotonic()
        if now - self._since.setdefault(process, now) >= PATIENCE_SECONDS:
            why = "; ".join(known)
            self._repeated.warn(
                process, f"lines wait in their files, the {process} is not ready: {why}"
            )


class _Saying(logging.Handler):
    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())
