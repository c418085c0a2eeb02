"""
Middleware for ASGI: FastAPI, Starlette, Django, Quart, Litestar.

A request and a websocket are served with the IDs they bring; the answer to a request gets its
X-Request-ID. `lifespan`, and whatever else there may be, passes through untouched. An exception
that nobody has caught is logged here, since the server logs it when the IDs are gone.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from clew_logging.context import REQUEST_HEADER
from clew_logging.requests import request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

_SEEN = "clew_logging"
_HEADER = REQUEST_HEADER.lower().encode()


class ASGIMiddleware:
    """`app = ASGIMiddleware(app)`, or `app.add_middleware(ASGIMiddleware)`."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or _SEEN in scope:
            await self._app(scope, receive, send)
            return
        headers = ((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
        scope = {**scope, _SEEN: True}  # for another one of these further in
        with request(headers, scope.get("method", "websocket")) as request_id:
            try:
                await self._app(scope, receive, _answering(send, request_id.encode()))
            except Exception:
                _log.exception("a request has failed")
                raise


def _answering(send: Send, request_id: bytes) -> Send:
    """Says the request ID where the application does not."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
            said = list(headers)
            if not any(bytes(name).lower() == _HEADER for name, _ in said):
                message = {**message, "headers": [*said, (_HEADER, request_id)]}
        await send(message)

    return answer
