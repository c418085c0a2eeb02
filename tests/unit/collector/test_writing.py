from __future__ import annotations

import asyncio

import pytest
from prometheus_client import REGISTRY

from clew.runtime.clock import Deadline
from clew.schema.document import Collection, Document
from clew.store.protocols import BOTH, Hit, Outcome, Question, Result
from clew.wire.batch import Batch, PartAnswer, pack
from collector import events
from collector.indexing.writing import write
from tests.support.batches import batch, part_of
from tests.support.set_clock import SetClock
from tests.support.verdicts import Judge, JudgedStore

ELSEWHERE = "eeeeffffgggghhhh"


def written(
    sent: Batch, judge: Judge = lambda _: None, *, seconds: float = 10, times: int = 1
) -> tuple[list[PartAnswer], list[Hit]]:
    """The answer to a batch that comes so many times, and what the store has then."""

    async def run() -> tuple[list[PartAnswer], list[Hit]]:
        clock = SetClock()
        store = JudgedStore(judge)
        for _ in range(times):
            answer = await write(sent, store, Deadline.after(seconds, clock), clock)
        question = Question(Deadline.after(60), collections=BOTH)
        return answer.parts, [hit async for hit in store.scan(question)]

    return asyncio.run(run())


def says(text: bytes, result: Result, *, of: Collection | None = None) -> Judge:
    """Answers so for each document that has a text in it (and is of this collection)."""

    def judge(document: Document) -> Result | None:
        fits = text in document.source and of in {None, document.collection}
        return result if fits else None

    return judge


REFUSED = Result(Outcome.REFUSED, "mapper_parsing_exception")
HELD = Result(Outcome.HELD, "disk full")


def test_a_part_is_acknowledged_to_its_end_when_all_of_it_is_stored():
    parts, hits = written(batch(part_of(b"one", b"two"), part_of(b"\xff", generation=ELSEWHERE)))
    assert parts == [PartAnswer(200, indexed=2), PartAnswer(100, quarantined=1)]
    assert len(hits) == 3


def test_a_batch_that_comes_again_changes_nothing():
    """What was there already is as good as stored."""
    sent = batch(part_of(b"one", b"two"))
    parts, hits = written(sent, times=2)
    assert parts == [PartAnswer(200, indexed=2, existing=2)]
    assert len(hits) == 2


def test_what_the_store_refuses_goes_to_quarantine_and_holds_nobody():
    parts, hits = written(
        batch(part_of(b"one", b"bad", b"three"), part_of(b"four", generation=ELSEWHERE)),
        says(b"bad", REFUSED, of=Collection.LOGS),
    )
    assert parts == [PartAnswer(300, indexed=2, quarantined=1), PartAnswer(100, indexed=1)]
    [quarantined] = [hit for hit in hits if hit.collection is Collection.QUARANTINE]
    assert quarantined.source["event.original"] == '{"message":"bad"}'
    assert quarantined.source["clew.reason"] == "refused_by_store"
    assert quarantined.source["clew.detail"] == "mapper_parsing_exception"
    assert quarantined.source["log.offset"] == 100


def test_what_the_store_does_not_take_now_holds_its_own_part_only():
    """None of that part is acknowledged, and the reason is said."""
    parts, hits = written(
        batch(part_of(b"one", b"later"), part_of(b"three", generation=ELSEWHERE)),
        says(b"later", HELD),
    )
    assert parts == [PartAnswer(0, error="disk full"), PartAnswer(100, indexed=1)]
    assert [hit.source["message"] for hit in hits] == ["one", "three"]


def test_what_can_be_stored_nowhere_is_not_acknowledged():
    """The agent keeps it; nothing is lost for the store's sake."""
    parts, _ = written(batch(part_of(b"bad")), says(b"bad", REFUSED))
    assert parts == [PartAnswer(0, error="mapper_parsing_exception")]


def test_a_quarantine_that_is_held_holds_the_part():
    def judge(document: Document) -> Result | None:
        return HELD if document.collection is Collection.QUARANTINE else REFUSED

    parts, hits = written(batch(part_of(b"bad")), judge)
    assert (parts, hits) == ([PartAnswer(0, error="disk full")], [])


def test_nothing_is_acknowledged_after_the_deadline():
    parts, hits = written(batch(part_of(b"one")), seconds=0)
    assert (parts, hits) == ([PartAnswer(0, error="the deadline has passed")], [])


def test_a_held_part_without_a_reason_says_that_it_was_held():
    parts, _ = written(batch(part_of(b"one")), says(b"one", Result(Outcome.HELD)))
    assert parts == [PartAnswer(0, error="held")]


def test_a_batch_of_nothing_is_answered():
    parts, hits = written(batch())
    assert (parts, hits) == ([], [])


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"clew_collector_{name}_total", labels) or 0.0


def test_new_lines_are_counted_by_how_they_were_written():
    """Each once, however often its batch comes; of a line that holds many, the line."""
    names = ("canonical", "translated", "quarantined")
    before = [counted("lines", namespace="shop", service="cart", written=each) for each in names]
    text = counted("dialect_lines", dialect="text")
    line = b'{"log.level":"info","message":"m"}'
    written(batch(part_of(line, line, b"one", b"\xff")), times=3)
    after = [counted("lines", namespace="shop", service="cart", written=each) for each in names]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1, 1]
    assert counted("dialect_lines", dialect="text") == text + 1


def test_services_beyond_a_number_are_counted_together(monkeypatch: pytest.MonkeyPatch):
    """A foreign agent may send any names: they make no series without end."""
    monkeypatch.setattr(events, "_services", set())
    monkeypatch.setattr(events, "MOST_SERVICES", 2)
    others = {"namespace": events.OTHERS, "service": events.OTHERS, "written": "canonical"}
    before = counted("lines", **others)
    for service in ("first", "second", "third", "fourth"):
        events.lines_stored(("crowd", service), {0: 5}, {})
    second = {"namespace": "crowd", "service": "second", "written": "canonical"}
    assert counted("lines", **second) == 5
    assert counted("lines", **second | {"service": "third"}) == 0
    assert counted("lines", **others) == before + 10


def test_violations_are_counted_by_service_and_reason():
    """Each once; what an agent calls a violation and is no reason makes no series."""
    labels = {"namespace": "shop", "service": "cart-violating", "reason": "missing_field"}
    found = {"missing_field:trace.id": 2, "missing_field:span.id": 1, "weather:bad": 9}
    events.lines_stored(("shop", "cart-violating"), {}, found)
    assert counted("violations", **labels) == 3
    assert counted("violations", **labels | {"reason": "weather"}) == 0


def test_violations_of_a_part_count_for_new_lines_only():
    line = b'{"log.level":"info","message":"m"}'
    part = part_of(line, line, line)
    part.violations, part.violated = [("missing_field:trace.id",)], pack("I", [1, 0, 1])
    labels = {"namespace": "shop", "service": "cart", "reason": "missing_field"}
    before = counted("violations", **labels)
    written(batch(part), times=3)
    assert counted("violations", **labels) == before + 2
