from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clew.schema.business import business_transaction
from clew.schema.dialects.catalog import CANONICAL
from clew.schema.fields import FIELDS
from clew.schema.interpreting import interpret
from clew.schema.keeping import reject
from clew.schema.line import DIALECTS, LINE_BYTES, Flag, Line
from clew.schema.record import Record, decode_record
from clew.schema.rejection import Reason, Rejection
from tests.support.strict_json import load_strictly

LINE = (
    b'{"@timestamp":"2023-01-29T08:42:09Z","log.level":"info","message":"paid","service.name":"x"}'
)
SPAN = "00f067aa0ba902b7"
JSON_LIKE = st.text('{}[]":,\\ut02 e9.-\n\t\r').map(str.encode)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A canonical line in which some bytes are replaced by others."""
    start = draw(st.integers(0, len(LINE)))
    end = draw(st.integers(start, min(start + 4, len(LINE))))
    return LINE[:start] + draw(st.binary(max_size=6) | JSON_LIKE) + LINE[end:]


ANYTHING = st.binary() | JSON_LIKE | damaged() | st.text().map(lambda t: t.encode(errors="replace"))


@given(ANYTHING)
@example(b"")
@example(b'{"msg":"{\\\\u0022a\\\\u0022:\\\\u001b}","kubernetes":"x"}')
def test_any_line_becomes_one_json_object(content: bytes):
    """Nothing raises, and what is sent can be spliced into a document as it is."""
    line = interpret(content)
    found = load_strictly(line.json)
    assert isinstance(found, dict)
    assert found.keys() <= FIELDS.keys()
    assert b"\n" not in line.json
    assert (line.flags & Flag.QUARANTINED != 0) == (DIALECTS[line.dialect] == "none")
    if not line.flags & Flag.QUARANTINED:
        assert decode_record(line.json) is not None
        assert (line.flags & Flag.NO_TIMESTAMP != 0) == ("@timestamp" not in found)
        assert (line.flags & Flag.NO_SERVICE != 0) == ("service.name" not in found)


@given(ANYTHING)
def test_what_is_sent_is_what_it_would_be_read_as(content: bytes):
    """A dialect's record is read back by the collector as the same record."""
    line = interpret(content)
    if not line.flags & Flag.QUARANTINED:
        again = interpret(line.json)
        assert load_strictly(again.json) == load_strictly(line.json)


LABELS = st.dictionaries(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(
        lambda name: "trace" not in name and "span" not in name
    ),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(LABELS)
def test_a_canonical_line_goes_on_as_it_is(labels: dict[str, str]):
    """Whatever the application wrote between its quotes, byte for byte."""
    members = b",".join(encoded(name) + b" : " + encoded(labels[name]) for name in labels)
    content = LINE[:-1] + b', "labels": {' + members + b"} }\r"
    line = interpret(content)
    assert line.dialect == CANONICAL
    assert line.json == content


def test_an_id_among_the_labels_is_not_canonical():
    """log4j2's template for ECS puts it there, where it would tie no lines together."""
    line = interpret(LINE[:-1] + b',"labels":{"traceId":"abc1"}}')
    assert load_strictly(line.json)["trace.id"] == "abc1"


def encoded(text: str) -> bytes:
    """A JSON string with every character escaped that is not a plain letter."""
    units = text.encode("utf-16-be")
    pairs = zip(units[::2], units[1::2], strict=True)
    return b'"' + b"".join(b"\\u%02x%02x" % pair for pair in pairs) + b'"'


def exact(line: Line) -> bytes:
    """The bytes that a quarantined line gives back."""
    found: dict[str, Any] = load_strictly(line.json)
    if "clew.raw" in found:
        return b64decode(found["clew.raw"])
    original: str = found["event.original"]
    return original.encode()


@given(ANYTHING, st.sampled_from(Reason), st.text(), st.text())
def test_a_rejected_line_gives_back_its_bytes(
    content: bytes, reason: Reason, field: str, detail: str
):
    line = reject(content, Rejection(reason, field, detail))
    assert exact(line) == content
    assert load_strictly(line.json)["clew.reason"] == reason
    assert line.flags == Flag.QUARANTINED | Flag.NO_TIMESTAMP | Flag.NO_SERVICE


def test_bytes_that_are_no_text_can_be_read_all_the_same():
    line = interpret(b"caf\xe9 trace_id=abc123")
    found = load_strictly(line.json)
    assert found["event.original"] == "caf\\xe9 trace_id=abc123"
    assert found["clew.reason"] == Reason.INVALID_UTF8
    assert found["clew.detail"] == "byte 3: invalid continuation byte"
    assert found["trace.id"] == "abc123"
    assert exact(line) == b"caf\xe9 trace_id=abc123"


def test_the_longest_line_is_a_record():
    assert interpret(b"x" * LINE_BYTES).flags & Flag.QUARANTINED == 0


@pytest.mark.parametrize("byte", [b"x", b"\0", b"\xff"])
def test_a_longer_line_is_kept_whole_and_not_much_larger(byte: bytes):
    """A file full of zeros after a crash must not become a batch that no collector takes."""
    content = b"trace_id=abc123 " + byte * (5 * LINE_BYTES)
    line = interpret(content)
    found = load_strictly(line.json)
    assert found["clew.reason"] == Reason.TOO_LONG
    assert found["trace.id"] == "abc123"
    assert exact(line) == content
    assert len(line.json) < 3 * len(content)


def test_ids_at_the_end_of_a_longer_line_are_found():
    """JSON has them last as often as first; what stands first counts more."""
    end = b'","trace.id":"abc123","transaction.id":"T-7"}'
    found = load_strictly(interpret(b'{"message":"' + b"x" * (5 * LINE_BYTES) + end).json)
    assert (found["trace.id"], found["transaction.id"]) == ("abc123", "T-7")
    both = b'{"trace.id":"first","message":"' + b"x" * (5 * LINE_BYTES) + end
    found = load_strictly(interpret(both).json)
    assert (found["trace.id"], found["transaction.id"]) == ("first", "T-7")


def test_flags_of_the_framing_are_passed_on():
    for content in (LINE, b"text", b"\xff"):
        assert interpret(content, Flag.UNFINISHED).flags & Flag.UNFINISHED


def record(**fields: Any) -> Record:
    return Record(**fields)


BUSINESS = [
    (record(), ""),
    (record(transaction="O-77"), "O-77"),
    (record(transaction=SPAN), ""),
    (record(transaction="-", labels={"order_id": "O-77"}), "O-77"),
    (record(transaction=SPAN, labels={"transaction_id": "O-77", "order_id": "O-78"}), "O-77"),
    (record(labels={"transaction_id": "0", "order_id": "O-78"}), "O-78"),
    (record(labels={"order_id": "x" * 257}), ""),
    (record(trace="4bf92f3577b34da6a3ce929d0e0e4736"), ""),
]


@pytest.mark.parametrize(("given_record", "transaction"), BUSINESS)
def test_business_transaction(given_record: Record, transaction: str):
    """It is what people call a transaction, and never what a tracer calls one."""
    assert business_transaction(given_record) == transaction
