"""
`POST /v1/batches`: from a body to an answer. `GET /v1/store`: which store it goes to.

    200  every part with how far it is acknowledged      400  not a batch: never send it again
    401  the token is missing or wrong                   409  a wire version this side can't read
    408  the body does not arrive                        413  too large
    429  busy: again after Retry-After

Nothing is kept between two requests: a collector that is killed loses nothing that was answered.
"""

from __future__ import annotations

import asyncio
import hmac

from aiohttp import web

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.store.protocols import LogStore
from clew.wire.batch import Batch, decode_batch, encode_answer
from clew.wire.envelope import TooLargeError, VersionError, WireError
from collector import events
from collector.indexing.writing import write

LONGEST_DEADLINE_SECONDS = 120.0
BODY_SECONDS = 30.0
"""A sender slower than this holds a place that others wait for."""


class Intake:
    """Takes batches for one store."""

    def __init__(
        self,
        store: LogStore,
        *,
        identity: str,
        token: str,
        batch_bytes: int,
        at_once: int,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._identity = identity
        self._store, self._batch_bytes = store, batch_bytes
        self._authorization = f"Bearer {token}".encode() if token else None
        self._at_once, self._running, self._clock = at_once, 0, clock

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/batches", self._post)
        app.router.add_get("/v1/store", self._get_store)

    async def _get_store(self, request: web.Request) -> web.Response:
        if not self.allows(request):
            return self._refuse(request, 401, "the token is missing or wrong")
        return web.json_response({"store": self._identity})

    async def _post(self, request: web.Request) -> web.Response:
        if not self.allows(request):
            return self._refuse(request, 401, "the token is missing or wrong")
        if self._running >= self._at_once:
            return self._refuse(request, 429, "busy", {"Retry-After": "1"})
        self._running += 1
        try:
            return await self._take(request)
        finally:
            self._running -= 1

    async def _take(self, request: web.Request) -> web.Response:
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
            batch = await asyncio.to_thread(decode_batch, body, self._batch_bytes)
        except _FAULTS as error:
            return self._refuse(request, *_refusal(error, self._batch_bytes))
        answer = await write(batch, self._store, self._deadline(batch, began), self._clock)
        answer.store = self._identity
        events.batch_answered(200, len(body))
        return web.Response(body=encode_answer(answer), content_type="application/json")

    def _deadline(self, batch: Batch, began: float) -> Deadline:
        seconds = min(max(batch.deadline_seconds, 0.1), LONGEST_DEADLINE_SECONDS)
        return Deadline(began + seconds, self._clock)

    def allows(self, request: web.Request) -> bool:
        """Whether a request shows the token, where there is one."""
        if self._authorization is None:
            return True
        given = request.headers.get("Authorization", "")
        # surrogateescape: aiohttp's way to hand over a header that is not UTF-8.
        return hmac.compare_digest(given.encode(errors="surrogateescape"), self._authorization)

    def _refuse(
        self, request: web.Request, status: int, detail: str, headers: dict[str, str] | None = None
    ) -> web.Response:
        events.batch_answered(status, 0)
        if status != 429:
            events.batch_refused(request.remote or "", detail)
        return web.Response(text=detail, status=status, headers=headers)


_FAULTS = (
    TimeoutError,
    ConnectionError,
    web.RequestPayloadError,
    web.HTTPRequestEntityTooLarge,
    WireError,
)


def _refusal(error: Exception, limit_bytes: int) -> tuple[int, str]:
    """Status and sentence for what was wrong with a body."""
    if isinstance(error, TimeoutError):
        return 408, f"the body took more than {BODY_SECONDS:.0f} s"
    if isinstance(error, ConnectionError | web.RequestPayloadError):
        return 400, "the body is cut off"  # nobody hears it
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return 413, f"more than {limit_bytes} bytes"
    if isinstance(error, TooLargeError):
        return 413, str(error)
    return 409 if isinstance(error, VersionError) else 400, str(error)
