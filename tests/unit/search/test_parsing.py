from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clew.schema.fields import FIELDS
from clew.search.conditions import ALIASES
from clew.search.evaluation import matches
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words
from clew.search.parsing import MAXIMUM_CLAUSES, MAXIMUM_DEPTH, SearchError, parse

A, B, C = Words("a"), Words("b"), Words("c")
SEVERITY, STATUS = "clew.severity", "http.response.status_code"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

QUERIES: dict[str, Node] = {
    "": Everything(),
    " * ": Everything(),
    "a": A,
    "a b": And((A, B)),
    "a AND b c": And((A, B, C)),
    "a OR b c": Or((A, And((B, C)))),
    "(a OR b) c": And((Or((A, B)), C)),
    "a and b": And((A, Words("and"), B)),
    "NOT a": Not(A),
    "a -b": And((A, Not(B))),
    "!a OR NOT -b": Or((Not(A), Not(Not(B)))),
    "a-b": Words("a-b"),
    '"a b"': Words("a b"),
    r'"say \"a\" \\ b"': Words(r'say "a" \ b'),
    '"a*"': Words("a*"),
    "abc*": Prefix(None, "abc"),
    "order-12*": Or(
        (Prefix(None, "order-12"), And((Words("order"), Prefix(None, "12")))),
    ),
    "order-*": Or((Prefix(None, "order-"), Prefix(None, "order"))),
    "msg:order-12*": And((Words("order", "message"), Prefix("message", "12"))),
    "service:ts-order": Term("service.name", ("ts-order",)),
    "service: ts-order": Term("service.name", ("ts-order",)),
    'service:"a b"': Term("service.name", ("a b",)),
    'service:""': Term("service.name", ("",)),
    "service:ts-*": Prefix("service.name", "ts-"),
    'service:"ts-*"': Term("service.name", ("ts-*",)),
    "service:*": Exists("service.name"),
    "service:(a OR b*)": Or((Term("service.name", ("a",)), Prefix("service.name", "b"))),
    "service:(a NOT x:y)": And(
        (Term("service.name", ("a",)), Not(Term("service.name", ("x:y",)))),
    ),
    "pod:x": Term("kubernetes.pod.name", ("x",)),
    "ns:x": Term("kubernetes.namespace", ("x",)),
    "namespace:x": Term("kubernetes.namespace", ("x",)),
    "node:10.0.0.1": Term("kubernetes.node.name", ("10.0.0.1",)),
    f"trace:{TRACE}": Term("trace.id", (TRACE,)),
    "tx:O-1": Or(
        (
            Term("clew.transaction", ("O-1",)),
            Term("transaction.id", ("O-1",)),
            Term("labels.transaction_id", ("O-1",)),
            Term("labels.order_id", ("O-1",)),
        )
    ),
    "logger:com.shop.Pay": Term("log.logger", ("com.shop.Pay",)),
    'msg:"a b"': Words("a b", "message"),
    "labels.order_id:O-1": Term("labels.order_id", ("O-1",)),
    "labels.app.kubernetes.io/name:pay": Term("labels.app.kubernetes.io/name", ("pay",)),
    "labels:O-1": Term("labels", ("O-1",)),
    "level:error": Range(SEVERITY, 17, 20),
    "level:WARN": Range(SEVERITY, 13, 16),
    "level>=warn": Range(SEVERITY, 13, 24),
    "level>warn": Range(SEVERITY, 17, 24),
    "level<warn": Range(SEVERITY, 1, 12),
    "level<=warn": Range(SEVERITY, 1, 16),
    "level:(error OR fatal)": Or((Range(SEVERITY, 17, 20), Range(SEVERITY, 21, 24))),
    "log.level:warn": Term("log.level", ("warn",)),
    "status:503": Term(STATUS, ("503",)),
    "status:0503": Term(STATUS, ("503",)),
    "status >= 500": Range(STATUS, 500, None),
    "status<500": Range(STATUS, None, 499),
    "log.offset>-1": Range("log.offset", 0, None),
    "duration>2s": Range("event.duration", 2_000_000_001, None),
    "duration<=250ms": Range("event.duration", None, 250_000_000),
    "@timestamp:1970-01-02": Range("@timestamp", 86_400 * 10**9, 2 * 86_400 * 10**9 - 1),
    "@timestamp>=1970-01-01T00:01": Range("@timestamp", 60 * 10**9, None),
    "@timestamp>1970-01-01T00:00:01.5Z": Range("@timestamp", 1_500_000_001, None),
    "_exists_:labels.order_id": Exists("labels.order_id"),
    "_exists_:(trace OR span)": Or((Exists("trace.id"), Exists("span.id"))),
    "2023-01-29T08:42:09Z": Words("2023-01-29T08:42:09Z"),
    "10.0.0.1:8080": Words("10.0.0.1:8080"),
    "http://shop/pay?a=1": Words("http://shop/pay?a=1"),
    "/api/v1/pay:9": Words("/api/v1/pay:9"),
    "url.path:/api/v1:pay": Term("url.path", ("/api/v1:pay",)),
}

MISTAKES: dict[str, tuple[int, str, str | None]] = {
    '"abc': (0, "this quote is never closed", None),
    'a service:"x': (10, "this quote is never closed", None),
    "a (b": (2, "this `(` is never closed", None),
    "a) b": (1, "this `)` closes nothing", None),
    "a ()": (2, "there is nothing in these parentheses", None),
    "service:": (8, "a value is missing after `service:`", None),
    "service: AND b": (9, "a value is missing after `service:`", None),
    "a AND": (5, "a value is missing", None),
    "OR a": (0, "a value is missing", None),
    "NOT": (3, "a value is missing", None),
    "*abc": (0, "a wildcard at the beginning", None),
    "service:*x": (8, "a wildcard at the beginning", None),
    "a ab*c": (4, "a wildcard stands at the end only", None),
    "servce:x": (0, "there is no field `servce`", "service"),
    "a SERVICE:x": (2, "there is no field `SERVICE`", "service"),
    "pod.name:x": (0, "there is no field `pod.name`", "kubernetes.pod.name"),
    "order_id:x": (0, "there is no field `order_id`", "labels.order_id"),
    "labels.:x": (0, "there is no field `labels.`", None),
    "_exists_:trce": (9, "there is no field `trce`", "trace"),
    "level:eror": (6, "there is no level `eror`", "error"),
    "level:17": (6, "there is no level `17`", None),
    "status:5xx": (7, "`status` holds whole numbers", None),
    "status:50*": (7, "`status` holds whole numbers", None),
    "status>9223372036854775807": (7, "`9223372036854775807` is out of range", None),
    "duration>fast": (9, "not a duration: 'fast'", None),
    "@timestamp>=yesterday": (12, "not a time: 'yesterday'", None),
    "@timestamp>=2300-01-01": (12, "out of range: '2300-01-01'", None),
    "service>a": (8, "`service` holds text", None),
    "status>=(1 OR 2)": (8, "`status>=` takes one value", None),
    "clew.detail:x": (0, "`clew.detail` is kept with a document", None),
    "a - b": (2, "there is no word in `-`", None),
    "msg:---": (4, "there is no word in `---`", None),
}


@pytest.mark.parametrize("text", QUERIES)
def test_query(text: str):
    """Each text asks for exactly this."""
    assert parse(text) == QUERIES[text]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistake(text: str):
    """Each mistake is named, with the character at fault and what could stand there."""
    position, message, suggestion = MISTAKES[text]
    with pytest.raises(SearchError) as caught:
        parse(text)
    assert caught.value.message.startswith(message)
    assert caught.value.position == position
    if suggestion is not None:
        assert caught.value.suggestion == suggestion


def test_mistake_as_a_sentence():
    """The error as text says where, what, and what else to write."""
    with pytest.raises(
        SearchError, match=r"^At character 3: there is no field `trce`; .*`trace`\?$"
    ):
        parse("a trce:x")


def test_relative_time():
    """A relative time is counted from the moment of the question."""
    hour = 3600 * 10**9
    assert parse("@timestamp>=now-1h", now=3 * hour) == Range("@timestamp", 2 * hour, None)
    assert parse("@timestamp<2h", now=3 * hour) == Range("@timestamp", None, hour - 1)


def test_depth_is_bounded():
    """Nesting within the bound is read, and one level more is a mistake, not a RecursionError."""
    assert parse("(" * MAXIMUM_DEPTH + "a" + ")" * MAXIMUM_DEPTH) == A
    for opening in ("(", "-", "NOT ", "service:("):
        with pytest.raises(SearchError, match="nested more than 50 levels"):
            parse(opening * 10_000 if ":" not in opening else opening + "(" * 10_000)


def test_number_of_conditions_is_bounded():
    """As many conditions as Lucene takes are read; one more is a mistake."""
    parsed = parse("a " * MAXIMUM_CLAUSES)
    assert isinstance(parsed, And)
    assert len(parsed.nodes) == MAXIMUM_CLAUSES
    with pytest.raises(SearchError, match="more than 1024 conditions"):
        parse("a " * (MAXIMUM_CLAUSES + 1))


PIECES = [
    *'()"*:-!<>= \\\t',
    "AND",
    "OR",
    "NOT",
    "a",
    "ß",
    "1",
    "2s",
    "_exists_",
    "warn",
    "labels.x",
]
SOURCE = {"@timestamp": "2023-01-29T08:42:09Z", "message": "a ß 1", "labels": {"x": "a"}}


def _matches_or_points_at(text: str) -> bool | int:
    try:
        return matches(parse(text), SOURCE)
    except SearchError as mistake:
        return mistake.position


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*PIECES, *ALIASES, *FIELDS]), max_size=30).map("".join),
        st.lists(st.sampled_from([*PIECES, *ALIASES, *FIELDS]), max_size=30).map(" ".join),
    )
)
@example("\x00")
@example('"\\')
def test_any_text_is_a_query_or_a_mistake(text: str):
    """Whatever is typed, it can be asked of a document, or the mistake lies within the text."""
    assert _matches_or_points_at(text) in {True, False, *range(len(text) + 1)}


@given(st.recursive(st.just("a"), lambda inner: inner.map("({})".format) | inner.map("-{}".format)))
def test_nested_queries_are_read(text: str):
    """Parentheses and minus signs nest in any order."""
    negations = text.count("-")
    assert matches(parse(text), {"message": "a"}) is (negations % 2 == 0)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("status=502", "status:502"),
        ("a status==502", "status:502"),
        ("level!=error", "-level:error"),
    ],
)
def test_an_equals_sign_is_told_what_it_should_be(text: str, meant: str):
    """It would look for words; whoever types it with the name of a field means the field."""
    with pytest.raises(SearchError) as caught:
        parse(text)
    assert caught.value.suggestion == meant
    assert text[caught.value.position] in "=!"


def test_an_equals_sign_is_text_elsewhere():
    """In quotes, or behind what is no field, it is looked for."""
    assert parse('"status=502"') == Words("status=502")
    assert parse("retries=3") == Words("retries=3")
