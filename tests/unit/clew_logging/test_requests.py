"""What a request brings, from friends and from strangers."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from clew_logging import CanonicalFormatter, current_ids, get_request_id, outgoing_headers, request
from tests.support.canonical import decode

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

HEADERS = st.text(st.characters(max_codepoint=255), max_size=60) | st.sampled_from(
    [
        *(TRACEPARENT, TRACEPARENT + "-x", "ff" + TRACEPARENT[2:], "00-" + "0" * 32 + "-1-1"),
        *("transaction.id=A-17", "transaction.id=a%0Ab", "transaction.id=%00", "a=b=c;d,,=,;"),
        *("x" * 5000, "transaction.id=" + "x" * 500, "a=b," * 200, "A-17, B-1", "-", "\x7f"),
    ]
)


def test_a_request_goes_on_in_its_callers_trace():
    """The trace is the caller's, the parent the caller's span, and the span our own."""
    with request({"traceparent": TRACEPARENT, "tracestate": "a=1"}):
        ids, headers = current_ids(), outgoing_headers()
    assert ids["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert ids["parent.id"] == "00f067aa0ba902b7"
    assert ids["span.id"] not in {"00f067aa0ba902b7", "0" * 16}
    assert headers["traceparent"] == f"00-{ids['trace.id']}-{ids['span.id']}-01"
    assert headers["tracestate"] == "a=1"


def test_a_request_without_a_trace_gets_one():
    """There is no parent then, and no two requests share a trace."""
    with request({}):
        first = current_ids()
    with request({}):
        second = current_ids()
    assert "parent.id" not in first
    assert first["trace.id"] != second["trace.id"]
    assert current_ids() == {}


def test_a_trace_that_begins_without_a_tracer_decides_for_nobody_that_it_is_recorded():
    with request({}):
        assert outgoing_headers()["traceparent"].endswith("-00")


def test_baggage_goes_on_and_its_transaction_is_the_lines():
    with request({"Baggage": "transaction.id=A-17,colour=red"}):
        assert current_ids()["transaction.id"] == "A-17"
        assert baggage.get_baggage("colour") == "red"
        assert "colour=red" in outgoing_headers()["baggage"]


def test_the_header_of_the_transaction_counts_more_than_the_baggage():
    with request({"x-transaction-id": "A-17", "baggage": "transaction.id=B-1"}):
        assert current_ids()["transaction.id"] == "A-17"
        assert outgoing_headers()["baggage"] == "transaction.id=A-17"


def test_headers_may_be_pairs_and_come_twice():
    pairs = [("BAGGAGE", "a=1"), ("baggage", "transaction.id=A-17"), ("X-Request-ID", "r 1")]
    with request([*pairs, ("x-request-id", "r-2")]) as request_id:
        assert current_ids()["transaction.id"] == "A-17"
        assert request_id == "r-2"


def test_a_request_id_is_a_label_of_every_line_and_made_where_there_is_none():
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO"})
    with request({"X-Request-ID": "r-1"}) as given_id:
        line = decode(CanonicalFormatter().format(record))
    assert given_id == line["labels"]["request_id"] == "r-1"
    with request({}) as made:
        assert get_request_id() == made
        assert len(made) == 32
    assert get_request_id() is None


@pytest.mark.parametrize(
    "value", ["", "-", "0", "a b", "a,b", "a\nb", "ä", "\0", "x" * 129, "\x7f"]
)
def test_an_id_that_is_not_to_be_trusted_counts_as_not_sent(value: str):
    with request({"X-Request-ID": value, "X-Transaction-ID": value}) as request_id:
        assert request_id != value
        assert "transaction.id" not in current_ids()


@pytest.mark.parametrize("value", ["a%0Ab", "%00", "x" * 300, "-", "%ED%A0%80", ""])
def test_a_transaction_in_the_baggage_is_trusted_no_more(value: str):
    with request({"baggage": f"transaction.id={value}"}):
        found = current_ids().get("transaction.id", "")
        assert found.isprintable()
        assert len(found) <= 256
        assert found != "-"


@given(
    st.dictionaries(
        st.sampled_from(
            ["traceparent", "tracestate", "baggage", "X-Request-ID", "X-Transaction-ID"]
        ),
        HEADERS,
    )
)
def test_no_header_makes_a_request_fail_or_a_line_that_is_not_canonical(headers: dict[str, str]):
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO"})
    with request(headers):
        line = decode(CanonicalFormatter().format(record))
        assert len(line["trace.id"]) == 32
        for value in outgoing_headers().values():
            assert value.isascii()
            assert value.isprintable()


def test_a_span_that_is_under_way_stays():
    """Instrumentation of OpenTelemetry has begun it, and has read the headers already."""
    span = NonRecordingSpan(SpanContext(1, 2, False, TraceFlags(1)))
    with trace.use_span(span), request({"traceparent": TRACEPARENT, "X-Transaction-ID": "A-17"}):
        assert current_ids() == {
            "trace.id": f"{1:032x}",
            "span.id": f"{2:016x}",
            "transaction.id": "A-17",
        }


def test_a_request_in_another_ones_context_is_one_of_its_own():
    """uvicorn starts a request that has come early from within the one before it."""
    with request({"X-Transaction-ID": "A-17", "baggage": "colour=red"}):
        first = current_ids()
        with request({"traceparent": TRACEPARENT}) as second_id:
            second = current_ids()
            assert baggage.get_baggage("colour") is None
            assert get_request_id() == second_id
        assert current_ids() == first
    assert second["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "transaction.id" not in second


def test_nothing_stays_behind_when_a_request_fails():
    def fail() -> Any:
        with request({"traceparent": TRACEPARENT, "X-Transaction-ID": "A-17"}):
            raise ValueError("v")

    with pytest.raises(ValueError, match="v"):
        fail()
    assert current_ids() == {}
    assert get_request_id() is None
