from __future__ import annotations

import pytest

from clew.search.evaluation import matches
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words

SOURCE = {
    "@timestamp": "2023-01-29T08:42:09.736442008Z",
    "message": "Paying Order-1234.x for user_7 failed: ZÜRICH",
    "error.stack_trace": "at pay(Payment.java:12)",
    "service.name": "ts-payment",
    "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "span.id": None,
    "clew.violations": ["no-level", "no-trace"],
    "clew.severity": 17,
    "http.response.status_code": 503,
    "labels": {"order_id": "O-77", "app.kubernetes.io/name": "pay"},
    "kubernetes.labels": {"app": "till", "app.kubernetes.io/name": "cart"},
    "event.duration": [],
}

YES: list[Node] = [
    Everything(),
    Words("order"),
    Words("order-1234.X"),
    Words("user 7"),
    Words("zürich"),
    Words("payment.java"),
    Words("paying order", "message"),
    Words("4bf92f3577b34da6a3ce929d0e0e4736"),
    Words("O-77"),
    Term("service.name", ("other", "ts-payment")),
    Term("clew.violations", ("no-trace",)),
    Term("labels", ("pay",)),
    Term("labels.app.kubernetes.io/name", ("pay",)),
    Term("kubernetes.labels.app.kubernetes.io/name", ("cart",)),
    Term("kubernetes.labels", ("till",)),
    Exists("kubernetes.labels.app"),
    Prefix("kubernetes.labels.app", "ti"),
    Term("http.response.status_code", ("0503",)),
    Prefix("service.name", "ts-"),
    Prefix("labels.order_id", "O-"),
    Prefix("labels", "O-"),
    Prefix("message", "ORD"),
    Prefix(None, "ord"),
    Prefix(None, "4bf9"),
    Prefix(None, "O-7"),
    Range("clew.severity", 17, 17),
    Range("clew.severity", None, 17),
    Range("clew.severity"),
    Range("@timestamp", 1674981729736442008, 1674981729736442008),
    Exists("labels"),
    Exists("labels.order_id"),
    Exists("clew.severity"),
    And((Words("order"), Not(Words("refund")))),
    Or((Words("refund"), Words("order"))),
]

NO: list[Node] = [
    Words("orde"),
    Words("order x"),
    Words("1234 order"),
    Words("failed", "error.stack_trace"),
    Words("o-77"),
    Words("till"),
    Term("labels", ("till",)),
    Term("kubernetes.labels.order_id", ("O-77",)),
    Words("4BF92F3577B34DA6A3CE929D0E0E4736"),
    Words("..."),
    Words("ts-payment"),
    Term("service.name", ("TS-PAYMENT",)),
    Term("service.name", ("ts",)),
    Term("labels.missing", ("pay",)),
    Term("http.response.status_code", ("5e2", "")),
    Term("span.id", ("None",)),
    Prefix("service.name", "TS-"),
    Prefix("message", "order-1234"),
    Prefix("http.response.status_code", "5"),
    Prefix(None, "ts-pay"),
    Range("clew.severity", 18, None),
    Range("@timestamp", None, 1674981729736442007),
    Range("log.offset"),
    Exists("span.id"),
    Exists("event.duration"),
    Exists("labels.missing"),
    And((Words("order"), Words("refund"))),
    Not(Everything()),
]


@pytest.mark.parametrize("node", YES, ids=str)
def test_matches(node: Node):
    """A document that has what the node asks for is an answer."""
    assert matches(node, SOURCE)


@pytest.mark.parametrize("node", NO, ids=str)
def test_does_not_match(node: Node):
    """A document that lacks what the node asks for is none."""
    assert not matches(node, SOURCE)


def test_document_without_fields():
    """A document of which nothing is known answers only what asks for nothing."""
    assert matches(Everything(), {})
    assert not any(matches(node, {}) for node in YES[1:])
