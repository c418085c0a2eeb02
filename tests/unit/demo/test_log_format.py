from __future__ import annotations

import json
import logging

import pytest

from clew.demo.log_format import CanonicalFormatter, fields
from clew.schema.fields import FIELDS
from clew.schema.record import decode_canonical
from tests.support.set_clock import SetClock

IDS = {"trace.id": "4bf92f3577b34da6a3ce929d0e0e4736", "transaction.id": "A-10423"}


def formatted(
    message: str,
    *args: object,
    ids: dict[str, str] = IDS,
    extra: dict[str, object] | None = None,
    error: Exception | None = None,
) -> str:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord(
        "shop.order", logging.WARNING, "order.py", 7, message, args, exc_info
    )
    vars(record).update(extra or {})
    return CanonicalFormatter("order", lambda: ids, SetClock()).format(record)


def test_a_line_is_canonical():
    """The agent would pass it on as it is, and every field is one of the schema's."""
    line = formatted(
        "stock took %.1f s",
        1.5,
        extra=fields({"event.duration": 1_500_000_000}, order_id="A-10423"),
        error=TimeoutError(),
    )
    assert decode_canonical(line.encode()) is not None
    written = json.loads(line)
    assert set(written) <= set(FIELDS)
    assert written["message"] == "stock took 1.5 s"
    assert written["log.level"] == "WARNING"
    assert written["labels"] == {"order_id": "A-10423"}
    assert written | IDS == written


def test_a_line_is_compact():
    """One line, with no space between its parts."""
    line = formatted("two\nlines")
    assert "\n" not in line
    assert '","' in line
    assert '": "' not in line


def test_an_error_without_a_text_has_no_message():
    """Type and trace are there; a text that is not is left out rather than empty."""
    written = json.loads(formatted("too slow", error=TimeoutError()))
    assert written["error.type"] == "TimeoutError"
    assert written["error.stack_trace"].startswith("TimeoutError")
    assert "error.message" not in written


def test_outside_of_a_request_there_are_no_ids():
    line = formatted("open", ids={})
    assert decode_canonical(line.encode()) is not None
    assert not set(json.loads(line)) & set(IDS)


@pytest.mark.parametrize("text", ["Grüße 🧶", 'a "quoted" text', "back\\slash", "\x00\x1f"])
def test_any_text(text: str):
    """Letters of any kind come out as they went in."""
    line = formatted("%s", text)
    assert decode_canonical(line.encode()) is not None
    assert json.loads(line)["message"] == text
