from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clew.answers.transactions import transaction
from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.protocols import EVERYWHERE
from clew.transaction.model import Transaction
from query.drawing.timeline import MOST_BARS, draw
from tests.support import invented
from tests.support.query_service import memory_store
from tests.support.reports import told


def assembled(documents: list[Document], identifier: str) -> Transaction:
    store, deadline = memory_store(documents), Deadline.after(60)
    return asyncio.run(
        transaction(store, identifier, reports=told(), scope=EVERYWHERE, deadline=deadline)
    )


def test_bars_stand_where_their_steps_do():
    timeline = draw(assembled(invented.shop_documents(), invented.FAILED))
    gateway, order, stock, payment = timeline.bars
    assert (gateway.left, gateway.width) == (0.0, 100.0)
    assert [bar.depth for bar in timeline.bars] == [0, 1, 2, 2]
    assert gateway.left < order.left < stock.left < payment.left
    assert payment.failed
    assert payment.errors_at[0] == pytest.approx(100 * 2077.6 / 2091.8, abs=0.1)
    assert [tick.label for tick in timeline.ticks] == ["0", "500 ms", "1 s", "1.5 s", "2 s"]


def test_a_transaction_of_one_moment_is_drawn():
    timeline = draw(assembled(invented.shop_documents(), invented.AWKWARD))
    (bar,) = timeline.bars
    assert bar.left + bar.width <= 100
    assert bar.width > 0


def test_a_thousand_steps_are_not_all_drawn_but_the_failing_one_is():
    shop = invented.Shop()
    ids: dict[str, Any] = {"trace_id": "7" * 32, "clew_transaction": "BIG"}
    for number in range(300):
        shop.say("loop", number, "round", **ids, span_id=f"{number + 1:016x}")
    shop.say("late", 400, "no", **ids, span_id="f" * 16, **invented.ERROR)
    timeline = draw(assembled(shop.documents, "BIG"))
    assert timeline.bars[-1].failed
    assert len(timeline.bars) == MOST_BARS + 1
    assert timeline.left_out == 100
