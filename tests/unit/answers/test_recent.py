from __future__ import annotations

import asyncio

from clew.answers.recent import NEWEST_LINES, recent
from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.protocols import EVERYWHERE, Scope
from clew.transaction.model import Summary
from tests.support.filled_stores import Filled
from tests.support.sources import document, source


def ask(
    filled: Filled,
    documents: list[Document],
    *,
    scope: Scope = EVERYWHERE,
    limit: int = 50,
    errors_first: bool = True,
) -> list[Summary]:
    async def answer() -> list[Summary]:
        async with filled(documents) as store:
            deadline = Deadline.after(60)
            return await recent(
                store, scope=scope, deadline=deadline, limit=limit, errors_first=errors_first
            )

    return asyncio.run(answer())


LINES = [
    document("1", source(1, "gateway", trace__id="t1")),
    document("2", source(2, "order", trace__id="t1", clew__transaction="O-1", error=True)),
    document("3", source(3, "ship", trace__id="t2", clew__transaction="O-1")),
    document("4", source(4, "gateway", trace__id="t3")),
    document("5", source(5, "cron", message="no ID", error=True)),
    document("6", source(6, "gateway", trace__id="-", transaction__id="x")),
    document("7", source(7, "gateway", trace__id="t4")),
]


def test_grouped_by_business_transaction(filled: Filled):
    """A trace with a business transaction is in its row; other traces are rows of their own."""
    rows = {row.id: (row.services, row.errors) for row in ask(filled, LINES)}
    assert rows == {
        "O-1": (["gateway", "order", "ship"], 1),
        "t3": (["gateway"], 0),
        "t4": (["gateway"], 0),
    }


def test_order(filled: Filled):
    """Failed ones come first where asked for, and the newest first among equals."""
    assert [row.id for row in ask(filled, LINES)] == ["O-1", "t4", "t3"]
    assert [row.id for row in ask(filled, LINES, errors_first=False)] == ["t4", "t3", "O-1"]
    assert [row.id for row in ask(filled, LINES, limit=2)] == ["O-1", "t4"]


def test_trace_with_two_business_transactions(filled: Filled):
    """Lines of such a trace that name none go with the first in order, whichever came first."""
    lines = [
        document("1", source(1, "a", trace__id="t", clew__transaction="O-2")),
        document("2", source(2, "b", trace__id="t", clew__transaction="O-1")),
        document("3", source(3, "c", trace__id="t")),
    ]
    assert {row.id: row.services for row in ask(filled, lines)} == {"O-2": ["a"], "O-1": ["b", "c"]}


def test_scope(filled: Filled):
    """Transactions of namespaces that the asker may not see are not listed."""
    assert ask(filled, LINES, scope=Scope(frozenset({"bank"}))) == []


def test_failure_before_the_newest_lines(filled: Filled):
    """A busy minute does not push a failure off the list."""
    busy = [
        document(f"b{n}", source(10 + n, "gateway", trace__id="busy")) for n in range(NEWEST_LINES)
    ]
    rows = ask(filled, [*LINES, *busy])
    assert [(row.id, row.lines) for row in rows] == [("O-1", 1), ("busy", NEWEST_LINES)]
