"""What is left out on purpose, from which backlog on, and what never is."""

from __future__ import annotations

import pytest

from agent.shedding.kinds import Kind
from agent.shedding.ladder import NOTHING, Backlog, Ladder, LeftOut
from agent.shedding.spans import ShedSpan
from clew.schema.interpreting import interpret
from tests.support.shedding import (
    DEBUG,
    EMPTY,
    ERROR,
    FULL,
    INFO,
    TRACE,
    UNKNOWN,
    WARN,
    Told,
    chunk,
    ladder,
)

DEBUG_RUNG = {"name": "debug", "shed": ["trace", "debug"], "unread": 1000, "behind": "60s"}
INFO_RUNG = {"name": "info", "shed": ["info"], "unread": 4000, "kept_share": "80%"}
EVERYTHING = {"name": "all", "shed": [*Kind], "unread": 1}


def unread(size: int) -> Backlog:
    return Backlog(size, 0.0, 0.0)


def shed(on: Ladder, *lines: Told, namespace: str = "shop") -> list[int]:
    return list(on.shed(chunk(lines), namespace).places)


def in_force(*rungs: dict[str, object], **settings: object) -> Ladder:
    found = ladder(*rungs, **settings)
    assert found.update(FULL)
    return found


def test_without_rungs_nothing_is_ever_left_out():
    """Whatever the backlog: nothing is in force, and no line is looked at."""
    off = ladder()
    assert not off.update(FULL)
    assert off.shed(chunk([Told(TRACE), Told(DEBUG)]), "shop") is NOTHING


@pytest.mark.parametrize("backlog", [unread(1000), Backlog(0, 60.0, 0.0), Backlog(5000, 0.0, 0.0)])
def test_a_rung_comes_into_force_at_any_of_its_limits(backlog: Backlog):
    found = ladder(DEBUG_RUNG)
    assert not found.update(Backlog(999, 59.9, 1.0))
    assert shed(found, Told(DEBUG)) == []
    assert found.update(backlog)
    assert found.in_force == ["debug"]
    assert shed(found, Told(DEBUG)) == [0]


def test_a_rung_goes_out_of_force_below_a_lower_limit_only():
    """Between the two limits it stays as it was, whichever way the backlog goes."""
    found = ladder(DEBUG_RUNG)
    assert not found.update(unread(700))
    assert found.update(unread(1000))
    assert not found.update(unread(500))
    assert not found.update(Backlog(0, 30.0, 0.0))
    assert found.update(Backlog(499, 29.9, 0.0))
    assert found.in_force == []
    assert not found.update(unread(999))


def test_rungs_come_into_force_in_their_order():
    """One that is reached by itself brings those before it along."""
    found = ladder(DEBUG_RUNG, INFO_RUNG)
    assert found.update(Backlog(0, 0.0, 0.8))
    assert found.in_force == ["debug", "info"]
    assert found.update(unread(600))
    assert found.in_force == ["debug"]


def test_a_line_counts_for_the_first_rung_that_leaves_it_out():
    left = in_force(DEBUG_RUNG, EVERYTHING | {"unread": 5000}).shed(
        chunk([Told(DEBUG), Told(INFO), Told(TRACE)]), "shop"
    )
    kinds = [Kind.DEBUG, Kind.INFO, Kind.TRACE]
    assert left == LeftOut([0, 1, 2], ["debug", "all", "debug"], kinds)


def test_lines_with_an_id_keep_all_but_trace_and_debug():
    found = in_force(EVERYTHING)
    for severity in (INFO, WARN, UNKNOWN):
        assert shed(found, Told(severity), Told(severity, "ORDER-1"), Told(severity, "", "t")) == [
            0
        ]
    for severity in (TRACE, DEBUG):
        assert shed(found, Told(severity), Told(severity, "ORDER-1"), Told(severity, "", "t")) == [
            0,
            1,
            2,
        ]


@pytest.mark.parametrize(
    "status", [b'"http.response.status_code":500', b'"http.response.status_code" : 1000']
)
def test_a_line_that_tells_of_a_failure_is_never_left_out(status: bytes):
    """An error, or what the verdict takes for one: an answer of 500 or above at any level."""
    found = in_force(EVERYTHING)
    failed = Told(INFO, json=b"{" + status + b"}")
    fine = Told(INFO, json=b'{"http.response.status_code":404}')
    assert shed(found, Told(ERROR), failed, fine, Told(24)) == [2]


def test_the_lines_of_an_id_that_failed_stay_from_then_on():
    """By its transaction or its trace, in every container of the node, in the same chunk too."""
    found = ladder(EVERYTHING)
    assert shed(found, Told(ERROR, "ORDER-1", "t1")) == []
    found.update(FULL)
    assert shed(found, Told(DEBUG, "ORDER-1"), Told(DEBUG, "", "t1"), Told(DEBUG, "ORDER-2")) == [2]
    assert shed(found, Told(DEBUG, "ORDER-3"), Told(ERROR, "ORDER-3")) == []
    failed = Told(INFO, "ORDER-4", json=b'{"http.response.status_code":503}')
    assert shed(found, failed, Told(DEBUG, "ORDER-4")) == []


def test_a_quarantined_line_is_never_left_out():
    assert shed(in_force(EVERYTHING), Told(UNKNOWN, quarantined=True), Told(UNKNOWN)) == [1]


def test_lines_without_a_level_stay_unless_a_rung_names_them():
    assert shed(in_force(DEBUG_RUNG, INFO_RUNG), Told(UNKNOWN)) == []


def test_rungs_hold_for_their_namespaces_and_for_none_that_is_spared():
    found = in_force(
        DEBUG_RUNG | {"namespaces": ["batch-*", "shop"]}, never=["batch-pay", "kube-*"]
    )
    spared = [
        namespace
        for namespace in ("shop", "batch-1", "batch-pay", "shop2", "kube-system", "")
        if not shed(found, Told(DEBUG), namespace=namespace)
    ]
    assert spared == ["batch-pay", "shop2", "kube-system", ""]


def test_the_ladder_takes_what_the_schema_makes_of_a_line():
    """A line in the canonical form, one in a dialect, and one that is refused."""
    found = in_force(EVERYTHING)
    lines = [
        interpret(b'{"@timestamp":"2023-01-29T12:00:00Z","log.level":"debug","message":"a"}'),
        interpret(b'{"level":"error","msg":"b","order_id":"ORDER-1"}'),
        interpret(b"\xff"),
    ]
    told = [Told(line.severity, line.transaction, "", line.json) for line in lines]
    columns = chunk(told)
    columns.flags = [line.flags for line in lines]
    assert list(found.shed(columns, "shop").places) == [0]


def test_what_is_left_out_becomes_spans_by_rung_and_kind():
    """With the runtime's times, and the bytes that the application wrote."""
    left = LeftOut([0, 2, 3], ["a", "a", "b"], [Kind.DEBUG, Kind.DEBUG, Kind.INFO])
    contents = [b"1", b"22", b"333", b"4444"]
    assert left.spans("shop_a_u/a/0", "/x", [30, 20, 10, 40], contents) == [
        ShedSpan("shop_a_u/a/0", "/x", "a", Kind.DEBUG, 10, 30, 2, 4),
        ShedSpan("shop_a_u/a/0", "/x", "b", Kind.INFO, 40, 40, 1, 4),
    ]
    assert left.kept(4) == bytes([0, 1, 0, 0])
    assert NOTHING.spans("c", "/x", [], []) == []
    assert NOTHING.kept(2) == b"\x01\x01"


def test_of_the_backlog_of_containers_the_largest_counts_for_what_the_kubelet_keeps():
    assert Backlog.measure([10, 0, 40], 7.0, 50) == Backlog(50, 7.0, 0.8)
    assert Backlog.measure([], 0.0, 50) == EMPTY


def test_of_many_lines_those_that_failed_are_found_at_their_places():
    """However many there are, with more than one status in a line."""
    failed = b'{"http.response.status_code":503,"labels":{"x":"\\"http.response.status_code\\":5"}}'
    lines = [Told(DEBUG, json=failed if number % 7 == 3 else b"{}") for number in range(50)]
    assert shed(in_force(EVERYTHING), *lines) == [n for n in range(50) if n % 7 != 3]
