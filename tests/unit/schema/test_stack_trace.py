"""Text of several lines: what was announced, what was thrown, and the trace."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.dialects.catalog import TEXT
from clew.schema.interpreting import interpret
from clew.schema.record import TEXT_CHARACTERS
from tests.support.records import record_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
AT = "\n\tat shop.Stock.take(Stock.java:27)"

THROWN = {
    f"ERROR x\njava.lang.IllegalStateException: no beans{AT}": (
        "ERROR x", "java.lang.IllegalStateException", "no beans",
    ),
    f"ERROR x\njava.lang.NullPointerException{AT}": (
        "ERROR x", "java.lang.NullPointerException", None,
    ),
    f"ERROR x\na.b.Refused: one\ntwo{AT}\nCaused by: c.D: three{AT}": (
        "ERROR x", "a.b.Refused", "one\ntwo",
    ),
    f"a.b.Refused: one{AT}": ("a.b.Refused: one", "a.b.Refused", "one"),
    f"ERROR could not take a.b.RefusedException: one{AT}": (
        "ERROR could not take ", "a.b.RefusedException", "one",
    ),
    f"ERROR only frames{AT}": ("ERROR only frames", None, None),
    "TypeError [ERR_INVALID_ARG_TYPE]: not a string\n    at f (x.js:1:2)": (
        "TypeError [ERR_INVALID_ARG_TYPE]: not a string", "TypeError", "not a string",
    ),
    "Unhandled exception. System.Exception: a\n ---> System.IO.IOException: b\n   at X.Y()": (
        "Unhandled exception. System.Exception: a", "System.Exception", "a",
    ),
    "System.Net.Sockets.SocketException (111): refused\n   at X.Y() in /app/X.cs:line 3": (
        "System.Net.Sockets.SocketException (111): refused", "System.Net.Sockets.SocketException",
        "refused",
    ),
    'x failed\nTraceback (most recent call last):\n  File "x.py", line 1\nshop.Refused: a\nb': (
        "x failed", "shop.Refused", "a\nb",
    ),
    'Traceback (most recent call last):\n  File "x.py", line 1\nKeyboardInterrupt': (
        "KeyboardInterrupt", "KeyboardInterrupt", None,
    ),
    'ERROR x\nTraceback (most recent call last):\n  File "x.py", line 1, cut': (
        "ERROR x", None, None,
    ),
    "panic: main.refused{7} [recovered]\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1": (
        "panic: main.refused{7} [recovered]", "panic", "main.refused{7} [recovered]",
    ),
    "ERROR x\nmain.run\n\t/app/main.go:12\nmain.main\n\t/go/proc.go:250": ("ERROR x", None, None),
}  # fmt: skip
"""Text -> message, type and message of the error."""


@pytest.mark.parametrize(("text", "expected"), THROWN.items(), ids=range(len(THROWN)))
def test_the_outermost_exception_is_found(text: str, expected: tuple[str, str | None, str | None]):
    """In whatever language, announced or not; the trace is all of the text but the announcement."""
    record = record_of(text, TEXT)
    names = ("message", "error.type", "error.message")
    assert tuple(record.get(name) for name in names) == expected
    assert text.endswith(record["error.stack_trace"])


@pytest.mark.parametrize("text", ["one\n  two", "one\n\n", "at\nat", "10:00 panic: x\n  y", "\n"])
def test_text_without_a_trace_stays_whole(text: str):
    """Lines that only are indented are the message, with all of their newlines."""
    assert record_of(text, TEXT)["message"] == text
    assert "error.stack_trace" not in record_of(text, TEXT)


def test_the_announcing_line_is_taken_apart_like_any_other():
    """Level, logger and IDs come from it, and an ID that only the trace names is found too."""
    head = f"16:42:09.735 ERROR c.s.Cart#83 TraceID: {TRACE} SpanID: {SPAN} failed"
    record = record_of(f"{head}\na.b.Refused: one{AT}", TEXT)
    assert (record["log.level"], record["message"], record["trace.id"]) == (
        "ERROR",
        "failed",
        TRACE,
    )
    assert record["error.type"] == "a.b.Refused"
    late = record_of(f"WARN failed\na.b.Refused: order_id=A-17{AT}", TEXT)
    assert late["labels"] == {"order_id": "A-17"}


def test_a_name_too_long_for_its_field_is_left_in_the_trace():
    """What the schema would refuse is no type."""
    name = "a." * 20 + "B" * TEXT_CHARACTERS + "Error"
    record = record_of(f"ERROR x\n{name}: y{AT}", TEXT)
    assert len(record.get("error.type", "")) <= TEXT_CHARACTERS
    assert name in record["message"] + record["error.stack_trace"]


PIECES = st.sampled_from(
    [
        *(piece + "\n" for text in THROWN for piece in text.split("\n")),
        "Error: ",
        "[",
        "\r",
        "{ ",
        "é",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=12).map("".join))
def test_no_text_goes_missing(text: str):
    """However traces are cut and mixed, message and trace hold all of the text."""
    line = interpret(text.encode())
    if line.dialect != TEXT:
        return
    record = json.loads(line.json)
    trace = record.get("error.stack_trace", "")
    assert text.endswith(trace)
    announced = text.removesuffix(trace) if trace else text
    if announced:
        assert record["message"] == (announced.rstrip("\r\n") if trace else text) or (
            trace == "" and record["message"] == text
        )
