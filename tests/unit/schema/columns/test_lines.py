"""However many lines are looked at together, each becomes what it becomes alone."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clew.schema.columns.groups import columns_of
from clew.schema.columns.lines import interpret_all
from clew.schema.dialects.names import ALIASES
from clew.schema.interpreting import interpret
from clew.schema.keeping import reject
from clew.schema.line import LINE_BYTES, Flag
from clew.schema.policy.enforcer import Enforcer
from clew.schema.rejection import Reason, Rejection
from tests.support.policies import ENFORCERS


class Known(NamedTuple):
    """What framing says of a line."""

    flags: int = 0
    rejection: Rejection | None = None


TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TIMES = ["2023-01-29T08:42:09.736Z", "2023-01-29T08:42:09Z", "1961-01-01T00:00:00Z", "noon", ""]
IDS = [TRACE, SPAN, "0" * 32, "-", "", "O-77", "x" * 257, "two words", 4711, None, True]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\u0022", "\0", "x" * 1025, "x" * 8192, f"[orders,{TRACE},{SPAN}]"]
)
NUMBERS = st.sampled_from([0, -0.0, 1.5, 200, 1674981729736, 1674981729.736, 10**30, 1e300])
NAMES = st.sampled_from([alias for aliases in ALIASES.values() for alias in aliases]) | TEXTS
VALUES = st.recursive(
    TEXTS | NUMBERS | st.sampled_from([*TIMES, *IDS, "info", "ERROR", False]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=4,
)
FEW = [
    {"@timestamp": TIMES[0], "log.level": "info", "message": "m", "service.name": "cart"},
    {"log.level": "warn", "message": "m", "transaction.id": "O-77", "labels": {"order_id": "9"}},
    {"log.level": "warn", "message": "m", "labels": {"traceId": TRACE}},
    {"level": 30, "time": 1674981729736, "pid": 7, "msg": "m", "trace_id": TRACE},
    {"log": {"level": "INFO"}, "message": "m", "process": {"thread": {"name": "t"}}, "tags": []},
]


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """A JSON object of one of a few shapes, with any value changed or added."""
    row: dict[str, Any] = dict(draw(st.sampled_from(FEW)))
    row |= draw(st.dictionaries(st.sampled_from([*row]), VALUES, max_size=1))
    row |= draw(st.dictionaries(NAMES, VALUES, max_size=2))
    text = json.dumps(row, ensure_ascii=draw(st.booleans()))
    old, new = draw(st.sampled_from(TWISTS))
    return text.replace(old, new, 1).encode(errors="surrogatepass")


TWISTS = [("", "")] * 8 + [
    ('"m"', '"m","message":"n"'),
    ('"m"', '"\\u0022"'),
    ('"m"', '"m","msg":-0'),
    ('"m"', '-0,"x":1.50'),
    (", ", ",\n"),
    ("{", " { "),
    ("}", ""),
    ("level", "le\\u0076el"),
]
OTLP = (
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":['
    f'{{"severityNumber":9,"body":{{"stringValue":"one"}},"traceId":"{TRACE}"}},'
    '{"severityNumber":17,"body":{"stringValue":"number two"}}]}]}]}'
)
HEAD = f"16:42:09.735 INFO  c.c.Contacts#83 TraceID: {TRACE} SpanID: {SPAN} message"
PLAIN = [
    HEAD,
    HEAD.replace(TRACE, "0" * 32),
    HEAD.replace("16:42:09.735", "2023-01-29T16:42:09.735+08:00"),
    HEAD.replace("16:42:09.735", "2023-01-29 16:42:09,735"),
    HEAD.replace(" INFO", "\nINFO"),
    f"2023-01-29T08:42:09Z ERROR [orders,{TRACE},{SPAN}] refused",
    f"a\n{HEAD}",
    f"level=warn TRACE_ID={TRACE} Order-No: 4711 tx_id=T-9, transaction.id=O-7.",
    "backtrace id=5, reorder id=7 at shop.Issuer.charge(ERRORS)",
    "I0129 08:42:09 klog",
    "\tat shop.Issuer.charge(Issuer.java:88)",
    "tranſaction.id=O-7 ſpan_id=abc",
    OTLP,
    OTLP.replace('},{"severityNumber":17,"body":{"stringValue":"number two"}}', "}"),
    '{"resourceLogs":[]}',
    "{ a: 1 }",
    "",
]
lines = (
    objects()
    | st.sampled_from(PLAIN).map(str.encode)
    | st.binary(max_size=12)
    | st.tuples(st.sampled_from(PLAIN), TEXTS).map(lambda parts: "".join(parts).encode())
)
odd = st.builds(
    Known,
    st.sampled_from([0, Flag.UNFINISHED.value]),
    st.none() | st.just(Rejection(Reason.TOO_LONG, "", "bytes 1 to 9")),
)


def one_by_one(
    contents: list[bytes], known: dict[int, Known], enforcer: Enforcer | None = None
) -> Any:
    found = []
    for place, content in enumerate(contents):
        flags, rejection = known.get(place, Known())
        if rejection is None:
            found.append(interpret(content, flags, enforcer=enforcer))
        else:
            found.append(reject(content, rejection, flags, enforcer))
    return columns_of(found)


@given(
    st.lists(lines, max_size=12),
    st.dictionaries(st.integers(0, 11), odd, max_size=2),
    st.none() | st.sampled_from(ENFORCERS),
)
def test_lines_of_all_kinds(
    contents: list[bytes], known: dict[int, Known], enforcer: Enforcer | None
):
    """Whatever stands around it, a line has the same record, severity, flags, IDs, violations."""
    known = {place: what for place, what in known.items() if place < len(contents)}
    assert interpret_all(contents, known, enforcer) == one_by_one(contents, known, enforcer)


@given(
    st.lists(st.sampled_from(FEW), min_size=1, max_size=2),
    st.none() | st.sampled_from(ENFORCERS),
    st.data(),
)
@example([FEW[0]], None, None)
def test_many_lines_that_are_alike(
    shapes: list[dict[str, Any]], enforcer: Enforcer | None, data: st.DataObject | None
):
    """A container writes in a few shapes; here only the values differ, and now and then a key."""
    contents = [
        json.dumps(shape | ({"n": number} if number % 7 == 3 else {})).encode()
        for number in range(40)
        for shape in shapes
    ]
    if data is not None:
        place = data.draw(st.integers(0, len(contents) - 1), "place")
        contents[place] = data.draw(lines, "line")
    assert interpret_all(contents, {}, enforcer) == one_by_one(contents, {}, enforcer)


@pytest.mark.parametrize("text", PLAIN)
def test_many_lines_and_one_of_another_kind(text: str):
    """The one is found by halves, and takes none of the others along."""
    contents = [HEAD.encode()] * 50 + [text.encode()] + [HEAD.encode()] * 50 + [b"\xff"]
    for enforcer in (None, *ENFORCERS):
        assert interpret_all(contents, {}, enforcer) == one_by_one(contents, {}, enforcer)


def test_a_line_that_is_too_long():
    """It is told from the lines around it, and does not slow them down."""
    contents = [HEAD.encode(), HEAD.encode() + b"x" * LINE_BYTES, HEAD.encode()]
    found = interpret_all(contents, {1: Known(Flag.UNFINISHED.value)})
    assert found == one_by_one(contents, {1: Known(Flag.UNFINISHED.value)})
    assert [flags & Flag.QUARANTINED for flags in found.flags] == [0, Flag.QUARANTINED, 0]


EPOCHS = ["1674981729", "1674981729736", "1674981729736442", "1674981729736442008", "9" * 13]
EPOCHS += ["1674981729.736", "1674981729.1234567891", "0", "1674981729736.5", "-1", "99999999999"]


@given(
    st.lists(
        st.sampled_from(EPOCHS) | st.from_regex(r"[0-9]{9,20}(\.[0-9]{1,10})?", fullmatch=True)
    )
)
@example(["1674981729736"] * 3)
@example(["1674981729.7"] * 3)
def test_times_that_are_numbers(numbers: list[str]):
    """In seconds or finer units, each to the last digit."""
    contents = [f'{{"time":{number},"msg":"m"}}'.encode() for number in numbers]
    contents += [f'{{"ts":"{number}","msg":"m"}}'.encode() for number in numbers]
    assert interpret_all(contents, {}) == one_by_one(contents, {})


LIKE_IDS = st.sampled_from([TRACE, SPAN, "0" * 16, "-" * 20, "0-" * 9, "Ignored_Trace", "a b"])


@given(st.lists(LIKE_IDS | st.text("0-aB._ \n", min_size=12, max_size=20), min_size=1))
@example([TRACE, SPAN])
@example(["x" * 256, "x" * 257])
def test_ids_and_what_is_none(values: list[str]):
    contents = [json.dumps({"traceId": value, "msg": "m"}).encode() for value in values]
    assert interpret_all(contents, {}) == one_by_one(contents, {})


def test_more_lines_than_are_looked_at_together():
    """They come in their order, and what is known of one stays beside it."""
    contents = [b'{"log.level":"info","message":"%d"}' % number for number in range(1000)]
    contents[300], contents[999] = b"text", b"\xff"
    known = {700: Known(Flag.UNFINISHED.value), 701: Known(0, Rejection(Reason.BAD_FRAMING))}
    for enforcer in (None, *ENFORCERS):
        assert interpret_all(contents, known, enforcer) == one_by_one(contents, known, enforcer)


def test_what_is_known_of_a_line_holds_for_each_of_its_records():
    """That it is a piece of one, for example; its documents are made of them."""
    known = {0: Known(Flag.UNFINISHED.value)}
    found = interpret_all([OTLP.encode(), HEAD.encode()], known)
    assert found == one_by_one([OTLP.encode(), HEAD.encode()], known)
    assert found.jsons[0].count(b'"flags":14') == 2


def test_no_line():
    assert interpret_all([], {}) == columns_of([])


def test_a_joined_trace_is_looked_at_alone():
    """It becomes what it is alone, and its newlines keep no other line from the quick way."""
    trace = b"ERROR failed\njava.io.IOException: no beans\n\tat shop.Stock.take(Stock.java:27)"
    contents = [b"INFO one", trace, b"INFO two"]
    assert interpret_all(contents, {1: Known()}) == columns_of(map(interpret, contents))
    assert b'"error.type":"java.io.IOException"' in interpret_all(contents, {1: Known()}).jsons[1]
