from __future__ import annotations

import pytest

from agent.redaction.redactor import Redactor

BODY = [bytes([65 + number]) * 64 for number in range(4)]
BEGIN, END = b"-----BEGIN RSA PRIVATE KEY-----", b"-----END RSA PRIVATE KEY-----"
OTHER = b"GET /orders 200"


def lines_left(redactor: Redactor, lines: list[bytes]) -> list[bytes]:
    contents = lines.copy()
    redactor.redact(contents)
    again = contents.copy()
    assert redactor.redact(again) == {}
    assert again == contents
    return [line for line in contents if line in lines]


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([OTHER, BEGIN, *BODY, b"QQ==", END, OTHER], [OTHER, BEGIN, END, OTHER]),
        ([BEGIN, BODY[0], OTHER, BODY[1], END], [BEGIN, OTHER, END]),
        ([BEGIN, *BODY], [BEGIN]),
        ([*BODY, b"QQ==", END], [END]),
        ([BEGIN, *BODY, END, BODY[0]], [BEGIN, END, BODY[0]]),
        ([BODY[0], BEGIN, *BODY, END], [BODY[0], BEGIN, END]),
    ],
)
def test_a_key_over_many_lines_is_replaced(
    redactor: Redactor, lines: list[bytes], left: list[bytes]
):
    """Also where a chunk began or ended within it, or another stream wrote between."""
    assert lines_left(redactor, lines) == left


@pytest.mark.parametrize(
    "lines",
    [
        BODY,
        [BEGIN, b"not found", b"done", OTHER],
        [b"-----BEGIN CERTIFICATE-----", *BODY, b"-----END CERTIFICATE-----"],
    ],
)
def test_lines_of_no_key_stay(redactor: Redactor, lines: list[bytes]):
    assert lines_left(redactor, lines) == lines
