"""
What every agent said of itself last: out of it the answers know how complete they are.

Ask before anything else. A report tells of lines that were stored before it, so a store that is
asked for `visible_up_to` afterwards shows them all; asked the other way round, it may not.

Keeps true: no question waits long for it, and none fails for it. Where the reports can't be read
it is not known how far the agents are, and the lines may be there all the same.
"""

from __future__ import annotations

import asyncio

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.runtime.errors import ClewError
from clew.runtime.tasks import Shared
from clew.store.protocols import StateStore
from clew.wire.report import REPORT_KEYS, Report, decode_report, names_in_key

AT_ONCE = 16
"""Requests that a store answers beside each other without noticing."""
FRESH_SECONDS = 1.0
"""A fraction of the time between two reports of an agent. An older one claims less, never more."""
USABLE_SECONDS = 10.0
"""While newer ones are read, which takes its time where there are thousands of agents."""
PATIENCE_SECONDS = 2.0
"""What a question may lose by them; then it is answered without."""
LONGEST_SECONDS = 60.0
"""What takes longer to read is begun anew."""


class Reports:
    """One for all questions to a store: those of one moment read the reports once."""

    def __init__(self, state: StateStore, clock: Clock = SYSTEM_CLOCK) -> None:
        self._state, self._clock = state, clock
        self._refreshing = Shared(self._refresh)
        self._read_at = float("-inf")
        self._reports: list[Report] = []

    async def latest(self, deadline: Deadline) -> list[Report] | None:
        """One report of each agent that reported within a day; None if they can't be read now."""
        usable = self._age_seconds <= USABLE_SECONDS
        if self._age_seconds > FRESH_SECONDS and not (usable and self._refreshing.running):
            await self._refreshing.wait(min(PATIENCE_SECONDS, deadline.remaining()))
        return self._reports if self._age_seconds <= USABLE_SECONDS else None

    async def close(self) -> None:
        """Before the store is closed."""
        await self._refreshing.close()

    @property
    def _age_seconds(self) -> float:
        return self._clock.monotonic() - self._read_at

    async def _refresh(self) -> None:
        found = None
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                found = await self._read()
        except* (ClewError, TimeoutError):
            pass  # the ones before will do for a while
        if found is not None:
            self._reports, self._read_at = found, self._clock.monotonic()

    async def _read(self) -> list[Report]:
        """Raises a group of what the store raises."""
        keys = iter(await self._state.keys(REPORT_KEYS))
        found: list[Report] = []

        async def read_on() -> None:
            for key in keys:
                state = await self._state.get(key)
                if state is not None:
                    found.append(_decoded(key, state.value))

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(read_on())
        return sorted(found, key=lambda report: (report.node, report.agent))


def _decoded(key: str, value: bytes) -> Report:
    """The report; of an agent whose report nobody can read, nothing is known."""
    try:
        return decode_report(value)
    except ValueError:
        return Report(*names_in_key(key), 0, 0, 0, 0, 0, 0)
