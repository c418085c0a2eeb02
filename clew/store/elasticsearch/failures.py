"""
What Elasticsearch's failures mean: the one place where the client's exceptions are translated.

    no connection, TLS, 429, 5xx, what was interrupted    TransientError: it may go through later
    every other 4xx (privileges, read-only, a bad query)  PermanentError: it will not, as it is
    the deadline                                          TimeoutError
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch, TransportError

from clew.runtime.clock import Deadline
from clew.runtime.errors import DeliveryError, PermanentError, TransientError

_TOO_MANY = 429
_SERVER_FAULT = 500
_LATE = "Elasticsearch has not answered by the deadline"
_PASSING = ("search_context_missing_exception", "task_cancelled_exception")
"""4xx that another try meets with no more: the server was restarted, or computed an answer for two
and gave up when the other one hung up."""

_REASON_CHARACTERS = 500
"""Reasons quote the document at fault, which may be long; they go into logs and answers."""


@asynccontextmanager
async def asking(client: AsyncElasticsearch, deadline: Deadline) -> AsyncIterator[None]:
    """Requests within are over by the deadline, and fail in clew's own words."""
    # A timeout of nothing would still let a request begin.
    if deadline.passed():
        raise TimeoutError(_LATE)
    try:
        async with asyncio.timeout(deadline.remaining()):
            yield
    except TimeoutError:
        raise TimeoutError(_LATE) from None
    except ApiError as error:
        raise translated(error) from error
    except TransportError as error:
        nodes = ", ".join(node.base_url for node in client.transport.node_pool.all())
        raise TransientError(f"Elasticsearch can't be reached at {nodes}: {error}") from error


def translated(error: ApiError) -> DeliveryError:
    """The error that says what to do about an answer of 4xx or 5xx."""
    reason = failure(error.status_code, error.body)
    is_passing = error.status_code == _TOO_MANY or error.status_code >= _SERVER_FAULT
    if is_passing or any(kind in reason for kind in _PASSING):
        return TransientError(reason)
    return PermanentError(reason)


def failure(status: int, body: Any) -> str:
    """What went wrong with a whole request: `Elasticsearch answered 429: <type>: <reason>`."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return f"Elasticsearch answered {status}"
    # "All shards failed" says less than why the first of them did.
    first = (error.get("root_cause") or [error])[0]
    return f"Elasticsearch answered {status}: {describe(first)}"


def describe(error: Mapping[str, Any]) -> str:
    """An error object as `<type>: <reason>`, with its deepest cause, which names what to change."""
    said = f"{error.get('type')}: {error.get('reason')}"
    cause = error.get("caused_by")
    while isinstance(cause, Mapping):
        error, cause = cause, cause.get("caused_by")
    deepest = f"{error.get('type')}: {error.get('reason')}"
    if deepest != said:
        said = f"{said} ({deepest})"
    return said if len(said) <= _REASON_CHARACTERS else said[:_REASON_CHARACTERS] + "..."
