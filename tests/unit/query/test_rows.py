from __future__ import annotations

from query.rows import FOLDED_CHARACTERS, TEXT_CHARACTERS, row

LINE = {"@timestamp": "2023-01-29T08:42:09Z", "service.name": "cart"}


def test_a_huge_line_is_folded_and_what_is_left_out_is_counted():
    shown = row("1", LINE | {"message": "x" * 5_000_000}, quarantined=False)
    assert len(shown.text) == TEXT_CHARACTERS
    assert len(shown.folded) == FOLDED_CHARACTERS
    assert len(shown.text) + len(shown.folded) + shown.left_out == 5_000_000


def test_an_exception_is_folded_and_said_once():
    error = {"error.type": "E", "error.message": "no", "error.stack_trace": "E: no\n  at f"}
    assert (
        row("1", LINE | error | {"message": "failed"}, quarantined=False).folded == "E: no\n  at f"
    )
    del error["error.stack_trace"]
    assert row("1", LINE | error | {"message": "failed"}, quarantined=False).folded == "E: no"
    assert row("1", LINE | error | {"message": "E: no"}, quarantined=False).folded == ""


def test_a_line_leads_to_its_business_transaction_else_to_its_trace_else_nowhere():
    ids = {"clew.transaction": "O-1", "trace.id": "t"}
    assert row("1", LINE | ids, quarantined=False).transaction == "O-1"
    assert row("1", LINE | {"trace.id": "t"}, quarantined=False).transaction == "t"
    assert row("1", LINE | {"trace.id": "-"}, quarantined=False).transaction is None


def test_a_quarantined_line_says_why_and_what_was_written():
    refused = {"event.original": "{", "clew.reason": "invalid_json", "clew.detail": "at byte 1"}
    shown = row("1", LINE | refused, quarantined=True)
    assert (shown.quarantined, shown.text) == ("invalid_json · at byte 1", "{")
