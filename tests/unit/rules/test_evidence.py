from __future__ import annotations

from clew.rules.evidence import expression_evidence, log_evidence
from clew.rules.model import LogCondition
from clew.schema.timestamps import SECOND

NOON = 1_674_993_600 * SECOND


def condition(query: str, *by: str) -> LogCondition:
    return LogCondition(query=query, window=300 * SECOND, by=list(by))


def test_the_evidence_of_a_count_is_the_search_for_its_lines():
    path = log_evidence(condition("level>=error OR x"), {"service.name": 'pay "1"'}, NOON)
    assert path == (
        "/search?query=%28level%3E%3Derror+OR+x%29+service.name%3A%22pay+%5C%221%5C%22%22"
        "&since=2023-01-29T11%3A55%3A00.000000000Z&until=2023-01-29T12%3A00%3A00.000000000Z"
    )


def test_where_lines_are_told_apart_by_an_id_it_is_the_transaction():
    values = {"service.name": "pay", "clew.transaction": "A/1"}
    assert log_evidence(condition("x"), values, NOON) == "/transactions/A%2F1"


def test_an_expression_has_its_place_on_the_page_of_alerts():
    assert expression_evidence("AgentBehind") == "/alerts#AgentBehind"
