"""
What every request passes on its way in and out: access, security headers, metrics, the last except.

A plain ASGI layer, since Starlette's own base class for such layers runs each request in a task of
its own and loses its cancellation.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clew.runtime.clock import SYSTEM_CLOCK
from query import events
from query.access import Access, is_our_own, login_path
from query.display import SECURITY_HEADERS
from query.failures import failure_reply, wants_json

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Edge:
    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = SYSTEM_CLOCK.monotonic(), 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._answer(scope, receive, send_marked)
        except Exception as error:  # noqa: BLE001  (the HTTP edge: one request fails, not all)
            events.request_failed(_route(scope), error)
            if not status:
                reply = failure_reply(scope, 500, "This is a mistake of clew's; its log has more.")
                await reply(scope, receive, send_marked)
        finally:
            events.request_answered(_route(scope), status, SYSTEM_CLOCK.monotonic() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._access.allows(scope["path"], headers):
            await self._refusal(scope)(scope, receive, send)
        elif scope["method"] not in _READING and not is_our_own(headers):
            sentence = "Another site's page sent this: changes are taken from clew's own pages."
            await failure_reply(scope, 403, sentence)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response:
        if not self._access.guarded:
            sentence = "Ask for this machine by an address or as localhost, not by another name."
            return failure_reply(scope, 403, sentence)
        if wants_json(scope) or scope["method"] != "GET":
            sentence = "A token is needed: send `Authorization: Bearer <token>`."
            return failure_reply(scope, 401, sentence, {"WWW-Authenticate": "Bearer"})
        return RedirectResponse(login_path(_target(scope)), status_code=303)


def _target(scope: Scope) -> str:
    """Path and query as they were asked for: decoded, an ID with a slash would be another one."""
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _route(scope: Scope) -> str:
    """The pattern that the path fell under; never the path, which has IDs in it."""
    path: str | None = getattr(scope.get("route"), "path", None)
    if path is not None:
        return path
    return "/static" if scope["path"].startswith("/static/") else "other"
