"""What an agent leaves out on purpose is told in the answers, all the way from the line."""

from __future__ import annotations

import pytest

from agent.reporting import build_report
from agent.shedding.config import SheddingConfig
from agent.shedding.ladder import Ladder
from clew.schema.interpreting import interpret
from clew.wire.batch import PartAnswer
from tests.support import invented
from tests.support.node import Node
from tests.support.query_service import memory_store, serving
from tests.support.set_clock import SetClock
from tests.support.shedding import FULL, Told, chunk, range_without

LINES = [
    b'{"log.level":"debug","message":"cart has 3 items","labels":{"order_id":"ORDER-1"}}',
    b'{"log.level":"error","message":"card refused","labels":{"order_id":"ORDER-2"}}',
    b'{"log.level":"debug","message":"retry","labels":{"order_id":"ORDER-2"}}',
    b'{"level":"info","msg":"started"}',
    b"plain text",
]
LADDER = {"name": "all", "shed": ["trace", "debug", "info"], "unread": "1GiB"}


@pytest.mark.parametrize("path", [f"/api/transactions/{invented.FAILED}", "/api/search?query=card"])
def test_lines_left_out_on_purpose_are_told_in_an_answer_of_their_time(node: Node, path: str):
    """A debug line of an order that did not fail, and an info line of none; nothing else."""
    ladder = Ladder.build(SheddingConfig.model_validate({"ladder": [LADDER]}), SetClock())
    assert ladder.update(FULL)
    lines = [interpret(content) for content in LINES]
    columns = chunk([Told(line.severity, line.transaction, "", line.json) for line in lines])
    left = ladder.shed(columns, "shop")
    times = [invented.START + number for number in range(len(lines))]

    sweeper = node.sweeper()
    spans = left.spans("shop_cart-0_u/cart/0", "/x", times, LINES)
    sweeper.ledger.add(range_without(spans), PartAnswer(10))
    report = build_report(sweeper, "here", "", invented.START, ended=False)
    with serving(memory_store(invented.shop_documents()), [report]) as service:
        completeness = service.get(path).json()["completeness"]
    assert (completeness["shed_lines"], completeness["shed_kinds"]) == (2, ["debug", "info"])
    assert report.shed_bytes == len(LINES[0]) + len(LINES[3])
