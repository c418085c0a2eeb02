from __future__ import annotations

from clew.demo.tracing import (
    FAULT,
    TRANSACTION,
    carried,
    carrying,
    current_ids,
    outgoing_headers,
    serving,
)

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_request_goes_on_in_its_callers_trace():
    """The trace is the caller's, the parent the caller's span, and the span our own."""
    with serving({"traceparent": PARENT}, "POST /orders"):
        ids = current_ids()
    assert ids["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert ids["parent.id"] == "00f067aa0ba902b7"
    assert ids["span.id"] not in {"00f067aa0ba902b7", "0" * 16}


def test_a_request_without_a_trace_gets_one():
    """There is no parent then, and no two requests share a trace."""
    with serving({}, "POST /orders"):
        first = current_ids()
    with serving({}, "POST /orders"):
        second = current_ids()
    assert "parent.id" not in first
    assert first["trace.id"] != second["trace.id"]


def test_the_transaction_travels_with_the_calls():
    """What the gateway puts into the baggage, a service two calls on has in its lines."""
    with serving({}, "POST /orders"), carrying({TRANSACTION: "A-10423", FAULT: "payment"}):
        caller, headers = current_ids(), outgoing_headers()
    with serving(headers, "POST /orders"):
        headers = outgoing_headers()
    with serving(headers, "POST /charges"):
        assert current_ids()["transaction.id"] == caller["transaction.id"] == "A-10423"
        assert current_ids()["trace.id"] == caller["trace.id"]
        assert carried(FAULT) == "payment"


def test_nothing_stays_behind():
    """A request leaves no ID for whatever runs after it."""
    with serving({"traceparent": PARENT}, "POST /orders"), carrying({TRANSACTION: "A-10423"}):
        pass
    assert current_ids() == {}
    assert carried(TRANSACTION) is None
