"""
The ladder against a model of what it must not do, over any chunks, backlogs and configurations.

The model knows which IDs have failed, and which lines tell of a failure; it does not know how the
ladder finds out.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.ledger import Ledger
from agent.shedding.kinds import Kind
from agent.shedding.ladder import Backlog
from clew.schema.severity import ERROR
from clew.wire.batch import PartAnswer
from tests.support.shedding import Told, chunk, ladder, range_without

IDS = st.sampled_from(["", "", "ORDER-1", "ORDER-2", "a1b2", "c3d4"])
JSONS = st.sampled_from(
    [
        b"{}",
        b'{"message":"http.response.status_code"}',
        b'{"http.response.status_code":200}',
        b'{"http.response.status_code":503}',
        b'{"http.response.status_code": 599,"message":"x"}',
    ]
)
FAILED_JSONS = {
    b'{"http.response.status_code":503}',
    b'{"http.response.status_code": 599,"message":"x"}',
}
LINES = st.lists(st.builds(Told, st.integers(0, 24), IDS, IDS, JSONS, st.booleans()), max_size=20)
NAMESPACES = st.sampled_from(["shop", "bank", "kube-system"])
RUNGS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(Kind), min_size=1, max_size=5),
        st.integers(1, 100),
        st.sampled_from([["*"], ["shop"], ["b*", "kube-*"]]),
    ),
    min_size=1,
    max_size=4,
)


def configured(rungs: list[tuple[list[Kind], int, list[str]]]) -> list[dict[str, Any]]:
    """The limits rise from rung to rung."""
    found, limit = [], 0
    for number, (kinds, more, namespaces) in enumerate(rungs):
        limit += more
        rung = {"name": f"r{number}", "shed": kinds, "unread": limit, "namespaces": namespaces}
        found.append(rung)
    return found


class LadderLife(RuleBasedStateMachine):
    @initialize(rungs=RUNGS)
    def begin(self, rungs: list[tuple[list[Kind], int, list[str]]]) -> None:
        self.rungs = configured(rungs)
        self.ladder = ladder(*self.rungs, never=["bank"])
        self.backlog = 0
        self.failed_ids: set[str] = set()
        self.ledger = Ledger()
        self.left_out = 0
        self.bytes_left_out = 0

    @rule(unread=st.integers(0, 450))
    def wait(self, unread: int) -> None:
        before = self.ladder.in_force
        self.backlog = unread
        changed = self.ladder.update(Backlog(unread, 0.0, 0.0))
        assert changed == (self.ladder.in_force != before)

    @rule(lines=LINES, namespace=NAMESPACES)
    def follow(self, lines: list[Told], namespace: str) -> None:
        failed = [self.tells_of_a_failure(line) for line in lines]
        for line in (line for line, failure in zip(lines, failed, strict=True) if failure):
            self.failed_ids |= {line.transaction, line.trace} - {""}
        left = self.ladder.shed(chunk(lines), namespace)
        assert sorted(set(left.places)) == list(left.places)
        assert not left.places or namespace != "bank"
        for place, rung in zip(left.places, left.rungs, strict=True):
            assert rung in self.ladder.in_force
            assert not failed[place]
            self.may_go(lines[place])
        self.count(lines, left)

    def tells_of_a_failure(self, line: Told) -> bool:
        return line.severity >= ERROR or line.json in FAILED_JSONS

    def may_go(self, line: Told) -> None:
        assert not line.quarantined
        assert not {line.transaction, line.trace} & self.failed_ids
        assert not (line.transaction or line.trace) or 1 <= line.severity <= 8

    def count(self, lines: list[Told], left: Any) -> None:
        contents = [line.json for line in lines]
        spans = left.spans("c", "/x", [5] * len(lines), contents)
        kept = left.kept(len(lines))
        self.left_out += kept.count(0)
        self.bytes_left_out += sum(
            len(content) for content, stays in zip(contents, kept, strict=True) if not stays
        )
        answer = PartAnswer(10, indexed=kept.count(1))
        self.ledger.add(range_without(spans, len(lines)), answer)

    @invariant()
    def what_is_counted_is_what_is_left_out(self) -> None:
        assert self.ledger.shed_lines == self.left_out
        assert self.ledger.shed_bytes == self.bytes_left_out
        assert sum(span.lines for span in self.ledger.shed) == self.left_out
        assert self.ledger.balance(pieces_open=0) == 0

    @invariant()
    def a_reached_rung_is_in_force_and_one_far_below_is_not(self) -> None:
        level = len(self.ladder.in_force)
        for number, rung in enumerate(self.rungs, 1):
            if self.backlog >= rung["unread"]:
                assert level >= number
        if level:
            assert self.backlog >= self.rungs[level - 1]["unread"] * 0.5


TestLadderLife = LadderLife.TestCase
TestLadderLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
