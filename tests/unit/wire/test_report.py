from __future__ import annotations

import pytest

from clew.wire.report import Report, ReportedGap, decode_report, encode_report

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
)


def test_there_and_back():
    assert decode_report(encode_report(REPORT)) == REPORT


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"agent": "\xff"}', b"[" * 5000])
def test_anything_else_is_a_value_error(body: bytes):
    with pytest.raises(ValueError, match="not a report"):
        decode_report(body)
