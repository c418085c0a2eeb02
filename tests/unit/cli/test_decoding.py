from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from clew.answers.transactions import transaction
from clew.cli.decoding import decode_transaction
from clew.runtime.clock import Deadline
from clew.store.protocols import EVERYWHERE
from clew.transaction.model import NodeFigures, Share, Transaction
from clew.wire.report import ReportedShed
from tests.support import invented
from tests.support.query_service import memory_store
from tests.support.reports import report, told


def assembled() -> Transaction:
    """An agent is behind its end, and has left something out."""
    store, deadline = memory_store(invented.shop_documents()), Deadline.after(60)
    found = transaction(
        store,
        invented.FAILED,
        reports=told(report("a", 7, shed=[ReportedShed("", "", "debug", 0, 2**62, 9, 99)])),
        scope=EVERYWHERE,
        deadline=deadline,
    )
    return asyncio.run(found)


def test_a_transaction_survives_the_way_through_json():
    written = assembled()
    assert decode_transaction(json.loads(json.dumps(written.as_json()))) == written


def test_an_older_service_says_nothing_of_agents():
    """Then how far they are is not known, which is not the same as that there are none."""
    answer: dict[str, Any] = assembled().as_json()
    for name in ("complete_up_to", "agents_reporting", "agents", "unreadable_files", "gaps"):
        del answer["completeness"][name]
    assert decode_transaction(answer).completeness.agents_reporting is None


def test_an_older_service_says_nothing_of_what_was_left_out_on_purpose():
    answer: dict[str, Any] = assembled().as_json()
    assert answer["completeness"].pop("shed_lines") == 9
    assert answer["completeness"].pop("shed_kinds") == ["debug"]
    decoded = decode_transaction(answer).completeness
    assert (decoded.shed_lines, decoded.shed_kinds) == (0, [])


def test_an_older_service_says_nothing_of_nodes():
    answer: dict[str, Any] = assembled().as_json()
    del answer["nodes"]
    assert decode_transaction(answer).nodes == []


def test_how_busy_nodes_were_survives_the_way_through_json():
    """Known, in part known, and not known at all."""
    some = [
        NodeFigures("node-a", Share(0.3, 0.8), None, 1),
        NodeFigures("node-b", None, Share(0.5, 0.5), 7),
    ]
    for nodes in (some, None):
        written = replace(assembled(), nodes=nodes)
        assert decode_transaction(json.loads(json.dumps(written.as_json()))) == written


def test_what_a_newer_service_says_besides_is_passed_over():
    written = assembled()
    answer: dict[str, Any] = written.as_json() | {"mood": "bright"}
    for part in (answer["verdict"], answer["completeness"], *answer["steps"]):
        part["mood"] = "bright"
    assert decode_transaction(answer) == written
