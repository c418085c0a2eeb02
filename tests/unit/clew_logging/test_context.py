"""Which IDs hold, and that none is left behind."""

from __future__ import annotations

import contextvars
import logging
import threading
from typing import Any

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from clew_logging import (
    CanonicalFormatter,
    current_ids,
    get_transaction,
    outgoing_headers,
    request,
    set_transaction,
    transaction,
)
from tests.support.canonical import decode

TRACE, SPAN = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7


def written(**extra: Any) -> dict[str, Any]:
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", **extra})
    return decode(CanonicalFormatter().format(record))


def test_a_line_has_trace_and_span_of_the_current_span():
    span = NonRecordingSpan(SpanContext(TRACE, SPAN, False, TraceFlags(1)))
    with trace.use_span(span):
        line = written()
    assert line["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert line["span.id"] == "00f067aa0ba902b7"
    assert "trace.id" not in written()


def test_an_id_that_is_added_counts_more_than_the_current_one():
    with transaction("A-17"):
        assert written(**{"transaction.id": "B-1"})["transaction.id"] == "B-1"
        assert written(**{"transaction.id": "-"})["transaction.id"] == "A-17"


def test_a_transaction_holds_within_and_gives_back_the_one_before():
    with transaction("A-17"):
        with transaction(18):
            assert written()["transaction.id"] == "18"
        assert written()["transaction.id"] == "A-17"
    assert get_transaction() is None
    assert "transaction.id" not in written()


def test_a_transaction_of_the_baggage_counts_where_there_is_no_other():
    token = context.attach(baggage.set_baggage("transaction.id", "B-1"))
    try:
        assert written()["transaction.id"] == "B-1"
        with transaction("A-17"):
            assert written()["transaction.id"] == "A-17"
    finally:
        context.detach(token)


@pytest.mark.parametrize("text", ["", "-", "0", "N/A", "x" * 300, "a\nb", " a", "\ud800"])
def test_what_is_no_id_becomes_no_transaction(text: str):
    with transaction("A-17"), transaction(text):
        assert get_transaction() == ("\\ud800" if text == "\ud800" else "A-17")


def test_a_transaction_that_is_set_holds_to_the_end_of_its_context():
    def order() -> dict[str, str]:
        set_transaction("A-17")
        return current_ids()

    assert contextvars.copy_context().run(order) == {"transaction.id": "A-17"}
    assert current_ids() == {}


def test_threads_do_not_see_each_others_transaction():
    seen: list[Any] = []
    with transaction("A-17"):
        thread = threading.Thread(target=lambda: seen.append(get_transaction()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_calls_to_others_take_the_ids_along():
    with request({}) as request_id, transaction("A-17"):
        ids, headers = current_ids(), outgoing_headers()
    assert headers["traceparent"] == f"00-{ids['trace.id']}-{ids['span.id']}-00"
    assert headers["baggage"] == "transaction.id=A-17"
    assert headers["X-Transaction-ID"] == "A-17"
    assert headers["X-Request-ID"] == request_id


def test_a_transaction_that_fits_no_header_goes_in_the_baggage():
    """Percent-encoded, it may have any letters."""
    with transaction("Auftrag Ä 17"):
        headers = outgoing_headers()
    assert "X-Transaction-ID" not in headers
    with request(headers):
        assert get_transaction() == "Auftrag Ä 17"


def test_outside_of_everything_there_is_nothing_to_say():
    assert outgoing_headers() == {}
    assert current_ids() == {}
