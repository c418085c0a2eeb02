"""
What every agent said of itself last: out of it the answers know how complete they are.

Ask before anything else. A report tells of lines that were stored before it, so a store that is
asked for `visible_up_to` afterwards shows them all; asked the other way round, it may not.
"""

from __future__ import annotations

import asyncio

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.runtime.errors import TransientError
from clew.store.protocols import StateStore
from clew.wire.report import REPORT_KEYS, Report, decode_report, names_in_key

AT_ONCE = 16
"""Requests that a store answers beside each other without noticing."""
FRESH_SECONDS = 1.0
"""A fraction of the time between two reports of an agent. An older one claims less, never more."""


class Reports:
    """One for all questions to a store: those of one moment read the reports once."""

    def __init__(self, state: StateStore, clock: Clock = SYSTEM_CLOCK) -> None:
        self._state, self._clock = state, clock
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._reports: list[Report] = []

    async def latest(self, deadline: Deadline) -> list[Report] | None:
        """
        One report of each agent that reported within a day; None where they can't be read now.

        Raises TimeoutError.
        """
        async with asyncio.timeout(deadline.remaining()), self._reading:
            now = self._clock.monotonic()
            if now - self._read_at > FRESH_SECONDS:
                try:
                    self._reports = await self._read()
                except TransientError:
                    return None  # the lines may be there all the same
                self._read_at = now
            return self._reports

    async def _read(self) -> list[Report]:
        keys = iter(await self._state.keys(REPORT_KEYS))
        found: list[Report] = []

        async def read_on() -> None:
            for key in keys:
                state = await self._state.get(key)
                if state is not None:
                    found.append(_decoded(key, state.value))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(read_on())
        except* TransientError as failed:
            raise TransientError(str(failed.exceptions[0])) from failed
        return sorted(found, key=lambda report: (report.node, report.agent))


def _decoded(key: str, value: bytes) -> Report:
    """The report; of an agent whose report nobody can read, nothing is known."""
    try:
        return decode_report(value)
    except ValueError:
        return Report(*names_in_key(key), 0, 0, 0, 0, 0, 0)
