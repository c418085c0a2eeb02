"""
Why there is no answer, told in the form that was asked for: a page, or `{"error": ...}`.

Here the few errors that a request may end with become statuses. What is not listed is a mistake of
ours, and is `query.edge`'s to catch.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from clew.answers.transactions import TooManyLinesError
from clew.runtime.errors import TransientError
from clew.search.parsing import SearchError
from query import events
from query.display import render
from query.forwarding import CollectorError
from query.questions import BadParameterError
from query.replies import json_reply

RETRY_SECONDS = 5
"""When to ask again where the store does not say: less than a person's patience."""

_SENTENCES = {404: "There is nothing at this address."}


def add_failures(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(BadParameterError, _bad_parameter)
    app.add_exception_handler(SearchError, _bad_search)
    app.add_exception_handler(TooManyLinesError, _bad_parameter)
    app.add_exception_handler(TimeoutError, _too_slow)
    app.add_exception_handler(TransientError, _unreachable)
    app.add_exception_handler(CollectorError, _not_changed)
    app.add_exception_handler(HTTPException, _http)


def failure_reply(
    scope: Scope, status: int, error: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """The failure as a page for people, as JSON for programs."""
    if wants_json(scope):
        return json_reply({"error": error, **more}, status, headers)
    page = render("failure.html", status=status, error=error)
    page.headers.update(headers or {})
    return page


def wants_json(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith("/api/") or path.endswith((".json", ".ndjson"))


async def _bad_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [f"{_name(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
    return failure_reply(request.scope, 400, "; ".join(problems))


async def _bad_parameter(request: Request, error: Exception) -> Response:
    return failure_reply(request.scope, 400, str(error))


async def _bad_search(request: Request, error: Exception) -> Response:
    assert isinstance(error, SearchError)
    return failure_reply(
        request.scope,
        400,
        error.message,
        position=error.position,
        suggestion=error.suggestion,
    )


async def _too_slow(request: Request, _: Exception) -> Response:
    error = "The store did not answer in time. Ask for less, or again in a moment."
    return failure_reply(request.scope, 504, error)


async def _unreachable(request: Request, error: Exception) -> Response:
    assert isinstance(error, TransientError)
    events.store_unreachable(str(error))
    seconds = RETRY_SECONDS if error.retry_after is None else round(error.retry_after)
    sentence = f"The store can't be reached at the moment: {error}"
    return failure_reply(request.scope, 503, sentence, {"Retry-After": str(seconds)})


async def _not_changed(request: Request, error: Exception) -> Response:
    assert isinstance(error, CollectorError)
    headers = {"Retry-After": str(RETRY_SECONDS)} if error.status == 503 else None
    return failure_reply(request.scope, error.status, str(error), headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _SENTENCES.get(error.status_code, error.detail)
    return failure_reply(request.scope, error.status_code, sentence, dict(error.headers or {}))


def _name(location: tuple[str | int, ...]) -> str:
    """`limit` out of `("query", "limit")`."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])
