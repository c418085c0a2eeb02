"""Plain text: what is found in it, and that none of it goes missing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.dialects.catalog import TEXT
from clew.schema.dialects.text import kept_spans
from clew.schema.interpreting import interpret
from tests.support.records import record_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEAD = f"16:42:09.735 INFO  c.s.CartController#83 TraceID: {TRACE} SpanID: {SPAN}"


HEADS: dict[str, dict[str, Any]] = {
    f"{HEAD} [CartService][Add][id: 7]": {
        "message": "[CartService][Add][id: 7]",
        "labels": {"local_time": "16:42:09.735"},
    },
    f"{HEAD} ": {"message": "", "labels": {"local_time": "16:42:09.735"}},
    f"{HEAD} two\rlines": {"message": "two\rlines", "labels": {"local_time": "16:42:09.735"}},
    f"2023-01-29 {HEAD} m": {
        "message": "m",
        "labels": {"local_time": "2023-01-29 16:42:09.735"},
    },
    f"2023-01-29T{HEAD[:12]}+08:00{HEAD[12:]} m": {
        "message": "m",
        "@timestamp": "2023-01-29T08:42:09.735000000Z",
    },
}


@pytest.mark.parametrize(("line", "expected"), HEADS.items())
def test_a_head_that_is_known_is_taken_apart(line: str, expected: dict[str, Any]):
    """Its clock without a zone says nothing that can be compared, and is kept as a label."""
    assert record_of(line, TEXT) == expected | {
        "log.level": "INFO",
        "log.logger": "c.s.CartController#83",
        "trace.id": TRACE,
        "span.id": SPAN,
    }


IDS: dict[str, dict[str, str]] = {
    f"INFO [{TRACE}-{SPAN}] paid": {"trace.id": TRACE, "span.id": SPAN},
    f"INFO [cart,{TRACE},{SPAN}] paid": {"trace.id": TRACE, "span.id": SPAN},
    f"INFO [cart,{SPAN},{SPAN},true] paid": {"trace.id": SPAN, "span.id": SPAN},
    f"INFO [,{TRACE},{SPAN},] paid": {"trace.id": TRACE, "span.id": SPAN},
    f"trace_id={TRACE} span_id={SPAN} trace_flags=01": {"trace.id": TRACE, "span.id": SPAN},
    f"transaction.id=ab12 trace.id={TRACE}": {"trace.id": TRACE, "transaction.id": "ab12"},
    f'"traceId": "{TRACE}", cut off': {"trace.id": TRACE},
    "Trace-ID: 550e8400-e29b-41d4-a716-446655440000.": {
        "trace.id": "550e8400-e29b-41d4-a716-446655440000"
    },
    "traceid=30.81.15838268955460009,": {"trace.id": "30.81.15838268955460009"},
    "tx_id: O-77": {"transaction.id": "O-77"},
    "transactionId='O-77'": {"transaction.id": "O-77"},
}


@pytest.mark.parametrize(("line", "ids"), IDS.items())
def test_ids(line: str, ids: dict[str, str]):
    """IDs are copied out of a text that stays whole."""
    found = record_of(line, TEXT)
    assert found.pop("message") == line
    found.pop("log.level", None)
    assert found == ids


NO_IDS = [
    "trace_id=0 span_id=0",
    "traceId: N/A",
    "trace_id=- paid",
    "transactionId=null",
    f"[{'0' * 32}-{'0' * 16}] paid",
    f"TraceID: {'0' * 32} SpanID: {'0' * 16} paid",
    f"retrace_id={TRACE}",
    f"the trace of {TRACE}",
    f"[{TRACE}]",
    "order it: 7",
]


@pytest.mark.parametrize("line", NO_IDS)
def test_no_ids(line: str):
    """Placeholders, and what only resembles the name of an ID, are left where they are."""
    assert record_of(line, TEXT) == {"message": line}


def test_a_head_of_zeros_is_no_head():
    """A line outside of any trace keeps its text whole."""
    line = HEAD.replace(TRACE, "0" * 32) + " m"
    assert record_of(line, TEXT)["message"] == line


@pytest.mark.parametrize("line", ["order_id=O-77 paid", "Order-No: O-77", 'x "orderNumber":"O-77"'])
def test_an_order_number_becomes_a_label(line: str):
    """It is nobody's field, and what people look for all the same."""
    assert record_of(line, TEXT) == {"message": line, "labels": {"order_id": "O-77"}}
    assert interpret(line.encode()).transaction == "O-77"


LEVELS = {
    "WARN the stock is low": "WARN",
    "2023-01-29 08:42:09 [ERROR] paying failed": "ERROR",
    "[main] WARNING: low": "WARNING",
    "no level, but ERROR in capitals": "ERROR",
    "an error is a word": None,
    "x.ERROR.y is a name": None,
    "x" * 130 + " ERROR": None,
}


@pytest.mark.parametrize(("line", "level"), LEVELS.items())
def test_level(line: str, level: str | None):
    """A level stands near the front, in capitals, as a word of its own."""
    assert record_of(line, TEXT).get("log.level") == level


TIMES = {
    "2023-01-29T08:42:09.736442008Z paid": "2023-01-29T08:42:09.736442008Z",
    "[2023-01-29 16:42:09,736+0800] paid": "2023-01-29T08:42:09.736000000Z",
    "2023-01-29 08:42:09,736 paid": None,
    "08:42:09 paid": None,
    "2023-02-30T08:42:09Z paid": None,
    "1969-12-31T23:59:59Z paid": None,
    "paid at 2023-01-29T08:42:09Z": None,
}


@pytest.mark.parametrize(("line", "time"), TIMES.items())
def test_time(line: str, time: str | None):
    """Only a time that leads the line and has a zone is when it was said."""
    assert record_of(line, TEXT).get("@timestamp") == time


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda line: "{" not in line))
def test_any_text_is_its_own_message(line: str):
    assert record_of(line, TEXT)["message"] == line


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("time=now level=error msg=no", "error"),
        ('level="warn" msg=slow', "warn"),
        ("E1123 10:00:00.000000       1 reflector.go:138] failed to list", "E"),
        ("I1123 10:00:00.000000       1 main.go:1] level=error is only said", "I"),
    ],
)
def test_levels_of_logfmt_and_klog(line: str, level: str):
    """What says its level by name, or by Kubernetes' letter, has it."""
    assert record_of(line)["log.level"] == level


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"{HEAD} paid", f"{HEAD} "),
        (f"2023-01-29T08:42:09Z paid {TRACE}", "2023-01-29T08:42:09Z"),
        (f"paid trace_id={TRACE}, txId: 4711.", f"trace_id={TRACE}txId: 4711."),
        (f"paid [shop,{TRACE},{SPAN},true] x", f"[shop,{TRACE},{SPAN},"),
        ("paid orderNumber=1 and order_id=2", "orderNumber=1order_id=2"),
        ("paid in full", ""),
    ],
)
def test_what_has_to_stay_for_ids_to_be_found(line: str, kept: str):
    """All that could be one, with its name: which of them counts depends on what stands before."""
    places = {place for span in kept_spans(line) for place in range(*span)}
    assert "".join(line[place] for place in sorted(places)) == kept
