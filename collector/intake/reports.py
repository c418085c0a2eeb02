"""
`POST /v1/reports`: what agents say of themselves, kept where the answers find it.

    204  kept, or a newer one is there already        400  not a report: never send it again
    401  the token is missing or wrong                408  the body does not arrive
    413  too large                                    429, 503  again after Retry-After

    agents/<agent>/<node>  ->  the agent's latest report, both names percent-encoded

Keeps true: an older report never takes the place of a newer one, whichever collector it arrives at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.runtime.errors import TransientError
from clew.schema.timestamps import SECOND
from clew.store.protocols import State, StateStore
from clew.wire.report import REPORT_BYTES, Report, decode_report, report_key
from collector import events

LIFETIME_SECONDS = 86_400.0
"""An agent that hangs over the night is still missed in the morning; a node that is gone for good
stops being missed a day later."""
AT_ONCE = 64
"""Each waits for the store; what agents say every few seconds must not fill the memory."""
BODY_SECONDS = 10.0
ATTEMPTS = 5
"""Two collectors seldom meet over one agent's report, and hardly ever so often in a row."""
FUTURE_SECONDS = 60.0
"""A report from further ahead was dated by a clock that was set back since."""


class ReportIntake:
    """Keeps reports; `allows` says whether a request shows the token."""

    def __init__(
        self,
        state: StateStore,
        allows: Callable[[web.Request], bool],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._state, self._allows, self._clock = state, allows, clock
        self._running = 0

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/reports", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        if not self._allows(request):
            return _refuse(request, 401, "the token is missing or wrong")
        if self._running >= AT_ONCE:
            return _again(429, "busy")
        self._running += 1
        try:
            return await self._take(request)
        finally:
            self._running -= 1

    async def _take(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.clone(client_max_size=REPORT_BYTES).read()
            report = decode_report(body)
            key = report_key(report.agent, report.node)
        except TimeoutError:
            return _refuse(request, 408, f"the body took more than {BODY_SECONDS:.0f} s")
        except (ConnectionError, web.RequestPayloadError):
            return _refuse(request, 400, "the body is cut off")  # nobody hears it
        except web.HTTPRequestEntityTooLarge:
            return _refuse(request, 413, f"more than {REPORT_BYTES} bytes")
        except ValueError as error:
            return _refuse(request, 400, str(error))
        try:
            await self._keep(key, report, body)
        except TransientError as error:
            return _again(503, str(error))
        events.report_answered(204)
        return web.Response(status=204)

    async def _keep(self, key: str, report: Report, body: bytes) -> None:
        """Raises TransientError."""
        for _ in range(ATTEMPTS):
            current = await self._state.get(key)
            if current is not None and self._is_newer(current, report):
                return
            version = None if current is None else current.version
            if await self._state.put_if(
                key, body, version=version, lifetime_seconds=LIFETIME_SECONDS
            ):
                return
        raise TransientError("others write the reports of the same agent")

    def _is_newer(self, current: State, report: Report) -> bool:
        try:
            time = decode_report(current.value).time
        except ValueError:
            return False
        return report.time < time <= self._clock.now() + FUTURE_SECONDS * SECOND


def _refuse(request: web.Request, status: int, detail: str) -> web.Response:
    events.report_answered(status)
    events.report_refused(request.remote or "", detail)
    return web.Response(text=detail, status=status)


def _again(status: int, detail: str) -> web.Response:
    events.report_answered(status)
    return web.Response(text=detail, status=status, headers={"Retry-After": "1"})
