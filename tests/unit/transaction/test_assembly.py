from __future__ import annotations

from clew.schema.document import Collection
from clew.transaction.assembly import assemble, summarise
from clew.transaction.closure import HUB_TRACES, Closure
from clew.transaction.model import Completeness, Line, Summary
from tests.support.reports import report
from tests.support.sources import MILLISECOND, source

LOGS, QUARANTINE = Collection


def test_whole_answer():
    """Lines come in order with their steps, and what is missing is told."""
    closure = Closure("O-1")
    closure.feed(
        [
            ("b", LOGS, source(5, "order", clew__transaction="O-1", error=True, calls="ship")),
            ("a", QUARANTINE, source(2, "gateway", event__original="O-1 {")),
        ]
    )
    answer = assemble(closure, 9 * MILLISECOND, [report("node-1", 7 * MILLISECOND)])
    assert [(line.id, line.step, line.quarantined) for line in answer.lines] == [
        ("a", 1, True),
        ("b", 2, False),
    ]
    assert answer.services == ["gateway", "order"]
    assert (answer.start, answer.end) == (
        "1970-01-01T00:00:00.002000000Z",
        "1970-01-01T00:00:00.005000000Z",
    )
    assert answer.verdict is not None
    assert answer.verdict.called == "ship"
    assert answer.completeness == Completeness(
        visible_up_to="1970-01-01T00:00:00.009000000Z",
        complete_up_to="1970-01-01T00:00:00.007000000Z",
        agents_reporting=1,
        quarantined=1,
        silent_services=["ship"],
    )


def test_unknown_id():
    """An ID that leads nowhere is an answer without lines."""
    closure = Closure("nobody")
    closure.feed([])
    assert assemble(closure, 0, []).as_json() == {"id": "nobody", "lines": []}


def test_hub_has_no_verdict():
    """A hub's lines are told without steps: they are many transactions'."""
    closure = Closure("user-7")
    closure.feed(
        (str(n), LOGS, source(n, "a", labels={"u": "user-7"}, trace__id=f"t{n}", error=True))
        for n in range(HUB_TRACES + 1)
    )
    answer = assemble(closure, 0, [])
    assert (answer.hub, answer.steps, answer.verdict) == (True, [], None)
    assert len(answer.lines) == len(answer.trace_ids) == HUB_TRACES + 1
    assert {line.step for line in answer.lines} == {None}


def test_summary():
    """A row of a list has the times, the services, and who failed with what."""
    sources = [source(5, "order", error=True, message="no stock"), source(2, "gateway")]
    assert summarise("O-1", [Line(str(n), s, "direct") for n, s in enumerate(sources)]) == Summary(
        id="O-1",
        start="1970-01-01T00:00:00.002000000Z",
        end="1970-01-01T00:00:00.005000000Z",
        duration_nanoseconds=3 * MILLISECOND,
        services=["gateway", "order"],
        lines=2,
        errors=1,
        failed_service="order",
        reason="no stock",
    )
