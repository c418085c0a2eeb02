"""
What a request of the shop carries from service to service.

Trace, span, order number and request ID are clew_logging's: in the headers of every call, and in
every line. Beside them the baggage has `demo.fault`, where a caller asked for a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import baggage, context

from clew_logging import current_ids

_FAULT = "demo.fault"


@contextmanager
def carrying_fault(service: str | None) -> Iterator[None]:
    """Within, every call asks this service to fail; None asks nobody."""
    token = context.attach(baggage.set_baggage(_FAULT, service)) if service else None
    try:
        yield
    finally:
        if token is not None:
            context.detach(token)


def carried_fault() -> str | None:
    """The service that the request being served wants to fail."""
    value = baggage.get_baggage(_FAULT)
    return value if isinstance(value, str) else None


def current_trace() -> str:
    """The trace ID of the request being served: 32 hexadecimal digits."""
    return current_ids()["trace.id"]
