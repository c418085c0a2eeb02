"""
The IDs that hold at this moment: of trace and span, of the transaction, of the request.

Trace and span are OpenTelemetry's. The transaction stands in a context variable and, so that other
libraries carry it too, in the baggage as `transaction.id`; where only the baggage has one, that
counts. All of them follow the context of threads and tasks, as contextvars do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import baggage, context, propagate, trace

from clew_logging.identifiers import fits_header, is_id
from clew_logging.texts import text_of

TRANSACTION = "transaction.id"
TRANSACTION_HEADER, REQUEST_HEADER = "X-Transaction-ID", "X-Request-ID"

_transaction: ContextVar[str | None] = ContextVar("clew_logging.transaction", default=None)
_request: ContextVar[str | None] = ContextVar("clew_logging.request", default=None)


def get_transaction() -> str | None:
    """The ID of the transaction being worked on, such as an order number."""
    own = _transaction.get()
    if own is not None:
        return own
    carried = baggage.get_baggage(TRANSACTION)
    return carried if isinstance(carried, str) and is_id(carried) else None


def set_transaction(transaction_id: object) -> None:
    """
    From here on, in this context: until the request, the task or the thread ends.

    What is no ID (an empty text, a placeholder, more than 256 characters, or unprintable ones) is
    not set: a line without a transaction is better than one with another's.
    """
    text = text_of(transaction_id)
    if is_id(text):
        _transaction.set(text)
        context.attach(baggage.set_baggage(TRANSACTION, text))


@contextmanager
def transaction(transaction_id: object) -> Iterator[None]:
    """Lines within, and calls to others, belong to this transaction; see `set_transaction`."""
    text = text_of(transaction_id)
    if not is_id(text):
        yield
        return
    own = _transaction.set(text)
    carried = context.attach(baggage.set_baggage(TRANSACTION, text))
    try:
        yield
    finally:
        context.detach(carried)
        _transaction.reset(own)


def get_request_id() -> str | None:
    """The X-Request-ID of the request being served, the caller's or one made for it."""
    return _request.get()


@contextmanager
def serving_request(request_id: str) -> Iterator[None]:
    """No transaction of whatever ran before belongs to what is served now."""
    own, before = _request.set(request_id), _transaction.set(None)
    try:
        yield
    finally:
        _transaction.reset(before)
        _request.reset(own)


def current_ids() -> dict[str, str]:
    """The IDs for a line, under the names of its fields."""
    ids: dict[str, str] = {}
    span = trace.get_current_span()
    own = span.get_span_context()
    if own.is_valid:
        ids["trace.id"] = trace.format_trace_id(own.trace_id)
        ids["span.id"] = trace.format_span_id(own.span_id)
        parent = getattr(span, "parent", None)
        if isinstance(parent, trace.SpanContext) and parent.is_valid:
            ids["parent.id"] = trace.format_span_id(parent.span_id)
    transaction_id = get_transaction()
    if transaction_id is not None:
        ids[TRANSACTION] = transaction_id
    return ids


def outgoing_headers() -> dict[str, str]:
    """
    What a call to another of your services takes along: `traceparent`, `tracestate`, `baggage`,
    X-Request-ID and X-Transaction-ID, as far as there is something to say.

    Not for strangers: baggage holds whatever anybody has put into it.
    """
    headers: dict[str, str] = {}
    transaction_id, request_id = get_transaction(), get_request_id()
    carried = context.get_current()
    if transaction_id is not None:
        carried = baggage.set_baggage(TRANSACTION, transaction_id, carried)
        if fits_header(transaction_id):
            headers[TRANSACTION_HEADER] = transaction_id
    if request_id is not None:
        headers[REQUEST_HEADER] = request_id
    propagate.inject(headers, carried)
    return headers
