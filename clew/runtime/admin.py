"""`/healthz`, `/readyz` and `/metrics` of agent and collector."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from clew.runtime.addresses import Address
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.runtime.errors import ClewError

NOT_YET_KNOWN = "not yet known"
"""Why a condition is bad that nothing was said of so far."""


class Health:
    """
    Named conditions of a process; ready while none of them is bad.

    Alive (`/healthz`) is every process that answers. Ready (`/readyz`) is one that can do its job.
    """

    def __init__(self, *conditions: str, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._bad = dict.fromkeys(conditions, (NOT_YET_KNOWN, math.inf))

    def good(self, condition: str) -> None:
        self._bad.pop(condition, None)

    def bad(self, condition: str, reason: str, for_seconds: float = math.inf) -> None:
        """
        Until it is said to be good again, and no longer than `for_seconds`.

        That is for what shows only in doing the job: nobody gives one to a process that is not
        ready, and so it would never find out.
        """
        self._bad[condition] = (reason, self._clock.monotonic() + for_seconds)

    @property
    def reasons(self) -> dict[str, str]:
        """Condition -> why it is bad; empty when ready."""
        now = self._clock.monotonic()
        return {name: reason for name, (reason, until) in self._bad.items() if now < until}


def add_admin_routes(app: web.Application, health: Health) -> None:
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        reasons = health.reasons
        body = {"status": "not ready" if reasons else "ok", "reasons": reasons}
        return web.json_response(body, status=503 if reasons else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


@contextlib.asynccontextmanager
async def serving(app: web.Application, address: Address) -> AsyncIterator[None]:
    """Serve an application while the block runs. Raises ClewError if the address is taken."""
    # A request still running when we are asked to stop has its own deadline; 3 s keep our word
    # that everything stops within ten.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host, address.port).start()
        except OSError as error:
            raise ClewError(f"can't listen on {address}: {error.strerror or error}") from error
        yield
    finally:
        await runner.cleanup()
