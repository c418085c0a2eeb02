from __future__ import annotations

import pytest

from clew.wire.report import Report, ReportedGap, ReportedShed, decode_report, encode_report

REPORT = Report(
    "agent-1",
    "node-1",
    30,
    20,
    100,
    1,
    1,
    70,
    [ReportedGap("shop_a_u/a/0", "/x", 70, "deleted", 9)],
    shed_lines=2,
    shed_bytes=90,
    shed=[ReportedShed("shop_a_u/a/0", "debug", "trace", 8, 9, 2, 90)],
)


def test_there_and_back():
    assert decode_report(encode_report(REPORT)) == REPORT


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"agent": "\xff"}', b"[" * 5000])
def test_anything_else_is_a_value_error(body: bytes):
    with pytest.raises(ValueError, match="not a report"):
        decode_report(body)


def test_the_report_of_an_agent_that_cannot_shed_says_nothing_of_it():
    """Agents and collectors are brought up to date one after the other."""
    older = (
        b'{"agent":"a","node":"n","time":3,"delivered_up_to":2,"unread_bytes":0,'
        b'"unreadable_files":0,"gap_count":0,"gap_bytes":0,"gaps":[],"ended":true}'
    )
    report = decode_report(older)
    assert (report.ended, report.shed_lines, report.shed_bytes, report.shed) == (True, 0, 0, [])
