from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clew.answers import counting
from clew.answers.counting import count_by
from clew.runtime.clock import Deadline
from clew.search.nodes import Everything, Node, Words
from clew.store.protocols import Question
from tests.support.documents import document
from tests.support.memory_store import MemoryStore

LINES: list[dict[str, Any]] = [
    {"service.name": "pay", "clew.transaction": "A-1", "log.level": "ERROR"},
    {"service.name": "pay", "clew.transaction": "A-1", "log.level": "ERROR"},
    {"service.name": "pay", "clew.transaction": "A-2", "log.level": "WARN"},
    {"service.name": "stock", "clew.transaction": "A-2", "log.level": "ERROR"},
    {"service.name": "stock", "log.level": "ERROR"},
]


@pytest.fixture(params=["read", "asked"], autouse=True)
def counted_in_both_ways(request, monkeypatch):
    """Few lines are read, many are counted by the store: the answers are the same."""
    if request.param == "asked":
        monkeypatch.setattr(counting, "FEW_LINES", -1)


def counts(
    *by: str, distinct: str | None = None, query: Node | None = None
) -> list[tuple[Any, int]]:
    async def run() -> list[tuple[Any, int]]:
        store = MemoryStore()
        documents = [document(number, line) for number, line in enumerate(LINES)]
        await store.write(documents, Deadline.after(60))
        question = Question(Deadline.after(60), query or Everything())
        found = await count_by(store, question, by, distinct)
        return [(each.values, each.number) for each in found]

    return asyncio.run(run())


def test_without_fields_there_is_one_count():
    assert counts() == [((), 5)]


def test_nothing_is_a_count_too():
    """A rule that fires on fewer than so many needs to know of nothing."""
    assert counts(query=Words("absent")) == [((), 0)]
    assert counts("service.name", query=Words("absent")) == []


def test_each_value_of_a_field_has_its_count_the_greatest_first():
    assert counts("service.name") == [(("pay",), 3), (("stock",), 2)]


def test_each_combination_of_values_has_its_count():
    assert counts("service.name", "log.level") == [
        (("pay", "ERROR"), 2),
        (("stock", "ERROR"), 2),
        (("pay", "WARN"), 1),
    ]


def test_a_line_without_a_value_belongs_to_no_combination():
    assert counts("clew.transaction") == [(("A-1",), 2), (("A-2",), 2)]


def test_the_different_values_of_a_field_are_counted():
    assert counts(distinct="clew.transaction") == [((), 2)]
    assert counts("service.name", distinct="clew.transaction") == [(("pay",), 2), (("stock",), 1)]
