"""
One request to one collector: the only place of delivery that knows the HTTP library.

It connects to the endpoint's address, and asks by the name that the address was found under.
Redirections are not followed: whoever answers with one is no collector, and would get the token.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDictProxy

from agent.delivery.answers import Failure, NotTakenError, Response, parse_retry_after
from agent.delivery.endpoints import Endpoint
from clew.runtime.clock import Clock
from clew.runtime.trust import trust

CONNECT_SECONDS = 5.0
"""Of an address that nobody has any more, nothing comes back at all."""
_LARGE_BYTES = 1024 * 1024
"""From here on aiohttp wants to be handed a file, of which it sends one piece at a time."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of whichever collector takes it. Without a body it is a GET."""

    path: str
    content_type: str
    body: bytes | None
    seconds: float


class Wire:
    """`session` is closed by whoever opened it."""

    def __init__(self, session: aiohttp.ClientSession, token: str, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(self, endpoint: Endpoint, request: Request) -> Response:
        """
        What a collector says to it. Raises NotTakenError where it says nothing.

        When cancelled, the connection is closed: the request does not go on.
        """
        try:
            async with self._session.request(
                "GET" if request.body is None else "POST",
                f"{endpoint.url}{request.path}",
                data=_payload(request.body),
                headers=self._headers | _described(endpoint, request),
                timeout=aiohttp.ClientTimeout(request.seconds, sock_connect=CONNECT_SECONDS),
                allow_redirects=False,
                ssl=trust(endpoint.url),
                server_hostname=endpoint.server_name,
            ) as answer:
                body = await answer.read()
                headers: CIMultiDictProxy[str] = answer.headers
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error, request) from error
        retry_after = headers.get("Retry-After")
        return Response(
            answer.status,
            body,
            parse_retry_after(retry_after, self._clock) if retry_after else None,
            headers.get("Location", ""),
        )


def _described(endpoint: Endpoint, request: Request) -> dict[str, str]:
    described = {"Host": endpoint.host}
    return described | {"Content-Type": request.content_type} if request.body else described


def _payload(body: bytes | None) -> bytes | io.BytesIO | None:
    return io.BytesIO(body) if body and len(body) > _LARGE_BYTES else body


def _translated(error: Exception, request: Request) -> NotTakenError:
    """Nobody there, nobody who answers, or an answer that is none."""
    text = str(error) or type(error).__name__
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        text = f"no connection within {CONNECT_SECONDS:.0f} s"
        return NotTakenError(Failure.UNREACHABLE, text)
    if isinstance(error, TimeoutError):
        return NotTakenError(Failure.TIMED_OUT, f"no answer within {request.seconds:.0f} s")
    if isinstance(error, aiohttp.ClientConnectionError | ConnectionError):
        return NotTakenError(Failure.UNREACHABLE, text)
    return NotTakenError(Failure.FAILED, text)
