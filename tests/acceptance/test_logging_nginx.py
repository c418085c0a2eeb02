"""What stands in the page on nginx, run with nginx."""

from __future__ import annotations

import re

import pytest

from clew.schema.record import Record, decode_canonical
from tests.support.libraries.nginx import run_configuration
from tests.support.libraries.page import PAGES, TRACE, TRANSACTION, blocks_of

SPAN, REQUEST = "00f067aa0ba902b7", "4b3f5a52-2c1e-4d6f-9b52-6f1f0a7c0d11"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """What the access log says; on the error log stands only whom nobody answers."""
    output = run_configuration("\n".join(blocks_of(PAGES / "nginx.md").values()))
    lines = output.splitlines()
    errors = [line for line in lines if re.match(rb"\d{4}/\d\d/\d\d .*\[error\]", line)]
    assert len(errors) == 1, output.decode()
    assert b"connect() failed" in errors[0]
    decoded = [decode_canonical(line) for line in lines if line not in errors]
    assert None not in decoded, output.decode()
    return [record for record in decoded if record is not None]


def test_each_request_is_a_canonical_line(records: list[Record]) -> None:
    """Also one that brings no UTF-8, and one that is no request at all."""
    said = [(record.message, record.level, record.status) for record in records]
    assert said == [
        ("GET /orders/A-17 200", "info", 200),
        ("POST /orders 201", "info", 201),
        ("GET /gone 404", "warning", 404),
        ("GET /payments 500", "error", 500),
        ("GET /nobody 502", "error", 502),
        ("GET /odd 200", "info", 200),
        ("  400", "warning", 400),
    ]


def test_the_ids_of_the_caller_are_there(records: list[Record]) -> None:
    """Its span is the parent; the request ID is a label, and the service behind has a name."""
    placed = records[0]
    assert (placed.trace, placed.parent, placed.span) == (TRACE, SPAN, "")
    assert placed.transaction == TRANSACTION
    assert (placed.path, placed.destination) == ("/orders/A-17", "orders")
    assert isinstance(placed.labels, dict)
    assert placed.labels["request_id"] == REQUEST
    assert placed.labels["request_uri"] == "/orders/A-17?full=1&who=%D0%B0"
    assert [record.trace for record in records[2:5]] == [TRACE, TRACE, TRACE]


def test_a_trace_begins_where_the_caller_brings_none(records: list[Record]) -> None:
    """Or one that is malformed. Its number is that of the request."""
    for record in (records[1], records[5]):
        assert isinstance(record.labels, dict)
        assert record.trace == record.labels["request_id"]
        assert (record.parent, record.span) == ("", record.labels["request_id"][:16])


def test_times_are_as_fine_as_nginx_has_them(records: list[Record]) -> None:
    """Milliseconds, and a duration in nanoseconds."""
    for record in records:
        assert isinstance(record.timestamp, str)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", record.timestamp)
        assert isinstance(record.duration, int)
        assert record.duration % 1_000_000 == 0
