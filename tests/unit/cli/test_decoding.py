from __future__ import annotations

import asyncio
import json
from typing import Any

from clew.answers.transactions import transaction
from clew.cli.decoding import decode_transaction
from clew.runtime.clock import Deadline
from clew.store.protocols import EVERYWHERE
from clew.transaction.model import Transaction
from tests.support import invented
from tests.support.query_service import memory_store


def assembled() -> Transaction:
    store, deadline = memory_store(invented.shop_documents()), Deadline.after(60)
    found = transaction(store, invented.FAILED, scope=EVERYWHERE, deadline=deadline)
    return asyncio.run(found)


def test_a_transaction_survives_the_way_through_json():
    written = assembled()
    assert decode_transaction(json.loads(json.dumps(written.as_json()))) == written


def test_what_a_newer_service_says_besides_is_passed_over():
    written = assembled()
    answer: dict[str, Any] = written.as_json() | {"mood": "bright"}
    for part in (answer["verdict"], answer["completeness"], *answer["steps"]):
        part["mood"] = "bright"
    assert decode_transaction(answer) == written
