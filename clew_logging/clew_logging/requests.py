"""
What one request brings along, for as long as it is served.

The caller's `traceparent`, `tracestate` and `baggage` become the OpenTelemetry context,
X-Request-ID and X-Transaction-ID the IDs of its lines. Headers are a stranger's: what is malformed,
too long or unprintable is treated as if it were not there, and no header makes a request fail.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Union

from opentelemetry import context, propagate, trace
from opentelemetry.context import Context

from clew_logging.context import (
    REQUEST_HEADER,
    TRANSACTION_HEADER,
    get_request_id,
    serving_request,
    transaction,
)
from clew_logging.identifiers import id_of_header
from clew_logging.spans import begin_span, is_traced

Headers = Union[Mapping[str, str], Iterable[tuple[str, str]]]

_log = logging.getLogger(__name__)


@contextmanager
def request(headers: Headers, name: str = "request") -> Iterator[str]:
    """
    Serve one request; its request ID, which is made where the caller sent none.

    `name` is that of the span: a method or a route, not a path with numbers in it. Where a span is
    under way already, such as that of an OpenTelemetry instrumentation, it stays; but for that of
    another request, which servers leave to the next one on a connection.
    """
    carrier = _carrier(headers)
    begun = is_traced() and get_request_id() is None
    request_id = _first_id(carrier, REQUEST_HEADER) or uuid.uuid4().hex
    transaction_id = _first_id(carrier, TRANSACTION_HEADER)
    with ExitStack() as stack:
        stack.enter_context(serving_request(request_id))
        if not begun:
            caller = _extract(carrier)
            stack.enter_context(_attached(caller))
            stack.enter_context(trace.use_span(begin_span(name, caller), end_on_exit=True))
        if transaction_id is not None:
            stack.enter_context(transaction(transaction_id))
        yield request_id


def _carrier(headers: Headers) -> dict[str, list[str]]:
    """Names in lower case, with all values of each."""
    carrier: dict[str, list[str]] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        carrier.setdefault(name.lower(), []).append(value)
    if "baggage" in carrier:  # of which propagators read the first only
        carrier["baggage"] = [",".join(carrier["baggage"])]
    return carrier


def _first_id(carrier: Mapping[str, list[str]], header: str) -> str | None:
    found = map(id_of_header, carrier.get(header.lower(), ()))
    return next((text for text in found if text is not None), None)


def _extract(carrier: Mapping[str, list[str]]) -> Context:
    try:
        return propagate.extract(carrier, Context())
    except Exception:  # noqa: BLE001 - a propagator that is configured is anybody's
        _log.warning("the headers of a request hold no context that can be read", exc_info=True)
        return Context()


@contextmanager
def _attached(caller: Context) -> Iterator[None]:
    token = context.attach(caller)
    try:
        yield
    finally:
        context.detach(token)
