"""
One span a request, whether there is an OpenTelemetry SDK or not.

With an SDK it is the SDK's, sampled and exported as configured. Without one it is made here: it has
a number and its caller's as its parent, so that clew can tell the steps of a transaction apart, and
is recorded nowhere. A trace that begins here without an SDK says that it is not sampled, since
that would decide for all services that are called.
"""

from __future__ import annotations

import secrets

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags

_TRACER = "clew_logging"


class UnrecordedSpan(NonRecordingSpan):
    """As an SDK's span has it, `parent` is the span that caused it."""

    def __init__(self, own: SpanContext, parent: SpanContext) -> None:
        super().__init__(own)
        self.parent = parent


def begin_span(name: str, caller: Context) -> Span:
    """A span under the caller's, or the first of a trace."""
    parent = trace.get_current_span(caller).get_span_context()
    span = trace.get_tracer(_TRACER).start_span(name, caller, kind=SpanKind.SERVER)
    own = span.get_span_context()
    if own.is_valid and own.span_id != parent.span_id:
        return span
    return _made(parent)


def is_traced() -> bool:
    """Whether somebody else has begun a span for what is running."""
    return trace.get_current_span(context.get_current()).get_span_context().is_valid


def _made(parent: SpanContext) -> UnrecordedSpan:
    if parent.is_valid:
        trace_id, flags, state = parent.trace_id, parent.trace_flags, parent.trace_state
    else:
        trace_id, flags, state = _random(128), TraceFlags(TraceFlags.DEFAULT), None
    own = SpanContext(trace_id, _random(64), False, flags, state)
    return UnrecordedSpan(own, parent)


def _random(bits: int) -> int:
    return secrets.randbelow(2**bits - 1) + 1  # 0 is no ID
