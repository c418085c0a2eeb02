from __future__ import annotations

from clew.demo.tracing import carried_fault, carrying_fault, current_trace
from clew_logging import outgoing_headers, request


def test_a_fault_travels_with_the_calls():
    """What the gateway puts into the baggage, a service two calls on is asked for."""
    with request({}), carrying_fault("payment"):
        trace, headers = current_trace(), outgoing_headers()
    with request(headers):
        headers = outgoing_headers()
    with request(headers):
        assert carried_fault() == "payment"
        assert current_trace() == trace


def test_no_fault_is_asked_for_where_nobody_does():
    with request({}), carrying_fault(None):
        assert carried_fault() is None
        assert "baggage" not in outgoing_headers()


def test_nothing_stays_behind():
    with request({}), carrying_fault("payment"):
        pass
    assert carried_fault() is None
