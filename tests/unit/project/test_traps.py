"""Every known trap has its test, and every test that the page on delivery names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.books import Books

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "spec" / "delivery.md").read_text()
TRAPS = 45

_ROW = re.compile(r"^\| T(\d+) \|[^|]+\| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_trap_has_a_row() -> None:
    assert [int(number) for number, _ in _ROW.findall(PAGE)] == list(range(1, TRAPS + 1))


def test_every_row_names_a_test() -> None:
    assert [number for number, tests in _ROW.findall(PAGE) if "::test_" not in tests] == []


@pytest.mark.parametrize(("file", "name"), sorted(set(_TEST.findall(PAGE))))
def test_every_test_that_is_named_is_there(file: str, name: str) -> None:
    source = (ROOT / file).read_text()
    assert not name or re.search(rf"^ *(async )?def {name}\(", source, re.MULTILINE)


def test_the_books_are_all_of_the_metrics_of_a_container() -> None:
    """The equations leave none out, and name none that there is not."""
    shown = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Books().describe()
    }
    assert set(re.findall(r"`(clew_agent_container_\w+)`", PAGE)) - shown == set()
    assert shown - set(re.findall(r"`(clew_agent_container_\w+)`", PAGE)) <= {
        "clew_agent_container_in_flight_records"
    }
