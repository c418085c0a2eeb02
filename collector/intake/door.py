"""
What everything that agents send has to pass: from a request to an answer.

    200  the answer to it                                400  not such a thing: never send it again
    401  the token is missing or wrong                   409  a wire version this side can't read
    408  the body does not arrive                        413  too large
    429  busy: again after Retry-After                   503  the store can't be reached: as 429

Nothing is kept between two requests: a collector that is killed loses nothing that was answered.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from aiohttp import web

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.runtime.errors import TransientError
from clew.wire.envelope import TooLargeError, VersionError, WireError
from collector import events

LONGEST_DEADLINE_SECONDS = 120.0
BODY_SECONDS = 30.0
"""A sender slower than this holds a place that others wait for."""


class Waiting(Protocol):
    """What says how long its sender waits for the answer."""

    deadline_seconds: float


SentT = TypeVar("SentT")


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may send, how much in one body (unpacked), and how many bodies are worked on at once."""

    token: str
    limit_bytes: int
    at_once: int
    clock: Clock = SYSTEM_CLOCK

    def deadline(self, sent: Waiting, began: float) -> Deadline:
        """Until when somebody waits for the answer to what was sent at `began`."""
        seconds = min(max(sent.deadline_seconds, 0.1), LONGEST_DEADLINE_SECONDS)
        return Deadline(began + seconds, self.clock)

    def of(self, limit_bytes: int, at_once: int) -> Admission:
        """The same for what is of another size."""
        return replace(self, limit_bytes=limit_bytes, at_once=at_once)


class Door:
    """
    One way in. `kind` names what comes this way, in metrics and in the log.

    Each has places of its own: what waits for a slow store on one way holds up no other.
    """

    def __init__(self, kind: str, admission: Admission) -> None:
        self._kind, self._admission = kind, admission
        self._authorization = f"Bearer {admission.token}".encode() if admission.token else None
        self._running = 0

    def allows(self, request: web.Request) -> bool:
        """Whether a request shows the token, where there is one."""
        if self._authorization is None:
            return True
        given = request.headers.get("Authorization", "")
        # surrogateescape: aiohttp's way to hand over a header that is not UTF-8.
        return hmac.compare_digest(given.encode(errors="surrogateescape"), self._authorization)

    async def take(
        self,
        request: web.Request,
        decode: Callable[[bytes, int], SentT],
        store: Callable[[SentT, float], Awaitable[bytes]],
    ) -> web.Response:
        """
        The answer to a request: what `store` makes of what `decode` finds in it.

        `decode` is given the body and what it may unpack to, `store` the moment when the request
        began, in seconds of the clock. It may raise TransientError.
        """
        if not self.allows(request):
            return self.refuse_stranger(request)
        if self._running >= self._admission.at_once:
            return self._refuse(request, 429, "busy", _LATER)
        self._running += 1
        try:
            return await self._take(request, decode, store)
        finally:
            self._running -= 1

    def refuse_stranger(self, request: web.Request) -> web.Response:
        return self._refuse(request, 401, "the token is missing or wrong")

    async def _take(
        self,
        request: web.Request,
        decode: Callable[[bytes, int], SentT],
        store: Callable[[SentT, float], Awaitable[bytes]],
    ) -> web.Response:
        limit_bytes = self._admission.limit_bytes
        began = self._admission.clock.monotonic()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(request, limit_bytes)
            sent = await asyncio.to_thread(decode, body, limit_bytes)
        except _FAULTS as error:
            return self._refuse(request, *_refusal(error))
        try:
            answer = await store(sent, began)
        except TransientError as error:
            return self._refuse(request, 503, str(error), _LATER)
        events.request_answered(self._kind, 200, len(body))
        return web.Response(body=answer, content_type="application/json")

    def _refuse(
        self, request: web.Request, status: int, detail: str, headers: dict[str, str] | None = None
    ) -> web.Response:
        events.request_answered(self._kind, status, 0)
        if status not in {429, 503}:
            events.request_refused(self._kind, request.remote or "", detail)
        return web.Response(text=detail, status=status, headers=headers)


async def _read(request: web.Request, limit_bytes: int) -> bytes:
    """
    The body, of at most so many bytes. Raises TooLargeError as soon as there are more.

    aiohttp's own limit is that of the whole application.
    """
    body = bytearray()
    async for some in request.content.iter_any():
        body += some
        if len(body) > limit_bytes:
            raise TooLargeError(f"more than {limit_bytes} bytes")
    return bytes(body)


_LATER = {"Retry-After": "1"}

_FAULTS = (
    TimeoutError,
    ConnectionError,
    web.RequestPayloadError,
    WireError,
)


def _refusal(error: Exception) -> tuple[int, str]:
    """Status and sentence for what was wrong with a body."""
    if isinstance(error, TimeoutError):
        return 408, f"the body took more than {BODY_SECONDS:.0f} s"
    if isinstance(error, ConnectionError | web.RequestPayloadError):
        return 400, "the body is cut off"  # nobody hears it
    if isinstance(error, TooLargeError):
        return 413, str(error)
    return 409 if isinstance(error, VersionError) else 400, str(error)
