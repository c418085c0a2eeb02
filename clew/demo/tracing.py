"""
Trace and transaction IDs, carried from service to service in W3C headers.

`traceparent` carries the trace and the calling span, `baggage` the order number as `transaction.id`
(and `demo.fault` where a caller asked for a fault). Each service has one span a request: the lines
of a visit share it, and it is the parent of the visits that it causes. Spans are exported nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from opentelemetry import baggage, context, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRANSACTION, FAULT = "transaction.id", "demo.fault"

_HEADERS = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])
_TRACER = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False).get_tracer("clew.demo")


@contextmanager
def _attached(ctx: Context) -> Iterator[None]:
    token = context.attach(ctx)
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def serving(headers: Mapping[str, str], name: str) -> Iterator[None]:
    """The work on one request, in a span under the caller's, or in a trace of its own."""
    with ExitStack() as stack:
        # The span is put into the context that holds, so the caller's baggage has to hold before.
        stack.enter_context(_attached(_HEADERS.extract(headers, Context())))
        stack.enter_context(_TRACER.start_as_current_span(name, kind=SpanKind.SERVER))
        yield


@contextmanager
def carrying(items: Mapping[str, str]) -> Iterator[None]:
    """Baggage for every call and every line within."""
    ctx = context.get_current()
    for name, value in items.items():
        ctx = baggage.set_baggage(name, value, ctx)
    with _attached(ctx):
        yield


def carried(name: str) -> str | None:
    value = baggage.get_baggage(name)
    return value if isinstance(value, str) else None


def outgoing_headers() -> dict[str, str]:
    headers: dict[str, str] = {}
    _HEADERS.inject(headers)
    return headers


def current_trace() -> str:
    """The trace ID of the request being served: 32 hexadecimal digits."""
    return format_trace_id(trace.get_current_span().get_span_context().trace_id)


def current_ids() -> dict[str, str]:
    """The IDs for a log line, under the schema's names; empty outside of a request."""
    span = trace.get_current_span()
    if not isinstance(span, ReadableSpan):
        return {}
    ids = {"trace.id": current_trace()}
    if transaction := carried(TRANSACTION):
        ids["transaction.id"] = transaction
    ids["span.id"] = format_span_id(span.get_span_context().span_id)
    if span.parent is not None:
        ids["parent.id"] = format_span_id(span.parent.span_id)
    return ids
