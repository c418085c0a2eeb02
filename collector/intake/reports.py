"""
`POST /v1/reports`: what agents say of themselves, kept where the answers find it.

    agents/<agent>/<node>  ->  the agent's latest report, both names percent-encoded

Keeps true: an older report never takes the place of a newer one, whichever collector it arrives at.
"""

from __future__ import annotations

from aiohttp import web

from clew.runtime.errors import TransientError
from clew.schema.timestamps import SECOND
from clew.store.protocols import State, StateStore
from clew.wire.report import REPORT_BYTES, Report, decode_report, encode_report, report_key
from collector.intake.door import Admission, Door

LIFETIME_SECONDS = 86_400.0
"""An agent that hangs over the night is still missed in the morning; a node that is gone for good
stops being missed a day later."""
AT_ONCE = 64
"""Each waits for the store; what agents say every few seconds must not fill the memory."""
ATTEMPTS = 5
"""Two collectors seldom meet over one agent's report, and hardly ever so often in a row."""
FUTURE_SECONDS = 60.0
"""A report from further ahead was dated by a clock that was set back since."""


class ReportIntake:
    """Keeps the latest report of each agent."""

    def __init__(self, state: StateStore, admission: Admission) -> None:
        self._state, self._clock = state, admission.clock
        self._door = Door("report", admission.of(REPORT_BYTES, AT_ONCE))

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/reports", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        return await self._door.take(request, _decode, self._keep)

    async def _keep(self, report: Report, _: float) -> bytes:
        """Raises TransientError."""
        key, value = report_key(report.agent, report.node), encode_report(report)
        for _ in range(ATTEMPTS):
            current = await self._state.get(key)
            if current is not None and self._is_newer(current, report):
                return b"{}"
            version = None if current is None else current.version
            if await self._state.put_if(
                key, value, version=version, lifetime_seconds=LIFETIME_SECONDS
            ):
                return b"{}"
        raise TransientError("others write the reports of the same agent")

    def _is_newer(self, current: State, report: Report) -> bool:
        try:
            time = decode_report(current.value).time
        except ValueError:
            return False
        return report.time < time <= self._clock.now() + FUTURE_SECONDS * SECOND


def _decode(body: bytes, _: int) -> Report:
    """A report that has a place to be kept. Raises WireError."""
    report = decode_report(body)
    report_key(report.agent, report.node)
    return report
