"""
Middleware for WSGI: Flask, Django, Pyramid, Bottle.

A server takes the body of an answer bit by bit after the application has returned. All of it runs
in one context of its own, so that the lines of a generator have the IDs of its request, and nothing
of them is left in the server's thread. An exception that nobody has caught is logged here, since
the server logs it when the IDs are gone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from contextvars import Context, copy_context
from typing import Any

from clew_logging.context import REQUEST_HEADER
from clew_logging.requests import request

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_log = logging.getLogger(__name__)
_FAILED = "a request has failed"


class WSGIMiddleware:
    """`app.wsgi_app = WSGIMiddleware(app.wsgi_app)`, or `application = WSGIMiddleware(...)`."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        own = copy_context()
        return own.run(self._serve, environ, start_response, own)

    def _serve(
        self, environ: Environ, start_response: StartResponse, own: Context
    ) -> Iterable[bytes]:
        with ExitStack() as stack:
            request_id = stack.enter_context(
                request(_headers(environ), str(environ.get("REQUEST_METHOD", "request")))
            )
            try:
                body = self._app(environ, _answering(start_response, request_id))
            except Exception:
                _log.exception(_FAILED)
                raise
            if _is_ready(body, environ):
                return body
            return _Body(body, own, stack.pop_all())


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_") and isinstance(value, str):
            yield name[len("HTTP_") :].replace("_", "-"), value


def _answering(start_response: StartResponse, request_id: str) -> StartResponse:
    """Says the request ID where the application does not."""

    def answer(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        if not any(name.lower() == REQUEST_HEADER.lower() for name, _ in headers):
            headers = [*headers, (REQUEST_HEADER, request_id)]
        return start_response(status, headers, *exc_info)

    return answer


def _is_ready(body: Iterable[bytes], environ: Environ) -> bool:
    """Whether no code of the application runs any more; servers know how to send such a body."""
    wrapper = environ.get("wsgi.file_wrapper")
    return type(body) in {list, tuple} or (isinstance(wrapper, type) and isinstance(body, wrapper))


class _Body:
    """The rest of an answer, in the context of its request; ends that with `close`."""

    def __init__(self, body: Iterable[bytes], own: Context, stack: ExitStack) -> None:
        self._body, self._own, self._stack = body, own, stack
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._own.run(self._next)

    def close(self) -> None:
        self._own.run(self._close)

    def _next(self) -> bytes:
        if self._parts is None:
            self._parts = iter(self._body)
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except Exception:
            _log.exception(_FAILED)
            raise

    def _close(self) -> None:
        with self._stack:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
