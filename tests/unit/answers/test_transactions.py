from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from clew.answers.transactions import TooManyLinesError, transaction
from clew.runtime.clock import Deadline
from clew.schema.document import Collection, Document
from clew.store.protocols import EVERYWHERE, Scope
from clew.transaction.model import Transaction
from clew.wire.report import Report
from tests.support.filled_stores import Filled
from tests.support.reports import report, told
from tests.support.sources import MILLISECOND, document, source

ORDER = [
    document("1", source(1, "gateway", trace__id="t1")),
    document("2", source(2, "order", trace__id="t1", clew__transaction="O-1")),
    document("3", source(3, "payment", trace__id="t1", error=True, message="card refused")),
    document("4", source(4, "payment", event__original="{O-1"), Collection.QUARANTINE),
    document("5", source(5, "gateway", trace__id="t2")),
]


def ask(
    filled: Filled,
    identifier: str,
    documents: list[Document] = ORDER,
    scope: Scope = EVERYWHERE,
    seconds: float = 60,
    reports: Sequence[Report] = (),
) -> Transaction:
    async def answer() -> Transaction:
        async with filled(documents) as store:
            return await transaction(
                store,
                identifier,
                reports=told(*reports),
                scope=scope,
                deadline=Deadline.after(seconds),
            )

    return asyncio.run(answer())


def test_transaction_out_of_a_store(filled: Filled):
    """The ID's lines, those of its traces and the quarantined ones come with their verdict."""
    answer = ask(filled, "O-1")
    assert {line.id: line.match for line in answer.lines} == {
        "1": "linked",
        "2": "direct",
        "3": "linked",
        "4": "direct",
    }
    assert answer.verdict is not None
    assert answer.verdict.reason == "card refused"
    assert answer.completeness.quarantined == 1


def test_unknown_id(filled: Filled):
    """An ID that no document has is an answer without lines, and so is a placeholder."""
    assert ask(filled, "O-2").lines == []
    assert ask(filled, "-").lines == []


def test_a_word_that_too_many_lines_have(filled: Filled):
    """It is refused with what to do instead, before its lines are fetched."""

    async def answer() -> None:
        async with filled(ORDER) as store:
            await transaction(
                store,
                "t1",
                reports=told(),
                scope=EVERYWHERE,
                deadline=Deadline.after(60),
                most_lines=2,
            )

    with pytest.raises(TooManyLinesError, match="3 lines have or mention 't1'"):
        asyncio.run(answer())


def test_scope(filled: Filled):
    """Lines of namespaces that the asker may not see are not in the answer."""
    other = document("6", source(6, "bank", trace__id="t1", kubernetes__namespace="bank"))
    answer = ask(filled, "O-1", [*ORDER, other], Scope(frozenset({"shop"})))
    assert answer.services == ["gateway", "order", "payment"]
    assert ask(filled, "O-1", scope=Scope(frozenset())).lines == []


def test_deadline(filled: Filled):
    """After the deadline there is no answer, rather than half of one."""
    with pytest.raises(TimeoutError):
        ask(filled, "O-1", seconds=0)


def test_completeness_is_what_the_agents_said(filled: Filled):
    """The lines of the ID end at 4 ms; an agent that has delivered less is behind."""
    reports = [report("node-1", 9 * MILLISECOND), report("node-2", 3 * MILLISECOND)]
    known = ask(filled, "O-1", reports=reports).completeness
    assert known.complete_up_to == "1970-01-01T00:00:00.003000000Z"
    assert [agent.node for agent in known.agents] == ["node-2"]
    assert ask(filled, "O-1", reports=reports[:1]).completeness.agents == []


def test_of_an_id_without_a_line_it_is_told_who_is_behind(filled: Filled):
    """Its first line may be on the way."""
    answer = ask(filled, "O-2", reports=[report("node-2", 3 * MILLISECOND)])
    assert (answer.lines, [agent.node for agent in answer.completeness.agents]) == ([], ["node-2"])
