from __future__ import annotations

import re
from pathlib import Path

import pytest

from clew.promql.aggregations import AGGREGATIONS
from clew.promql.calls import FUNCTIONS
from clew.promql.expression import ExpressionError, parse
from clew.promql.operations import OPERATORS
from clew.promql.parsing import MAXIMUM_DEPTH
from clew.promql.trees import MAXIMUM_CHARACTERS, MAXIMUM_OPERATORS

PAGE = (Path(__file__).parents[3] / "docs" / "promql.md").read_text()
SUPPORTED, _, REST = PAGE.partition("## What is supported")[2].partition("## What it means")
NOT_SUPPORTED = REST.partition("## What is not supported")[2]


def names(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_every_function_is_on_the_page_and_no_other():
    table = {name for row in SUPPORTED.splitlines() if row.startswith("| `") for name in names(row)}
    assert table == FUNCTIONS


def test_every_aggregation_and_operator_is_on_the_page():
    assert names(SUPPORTED) >= AGGREGATIONS | OPERATORS


@pytest.mark.parametrize(
    ("named", "expression"),
    [
        ("[1h:5m]", "rate(x[1h:5m])"),
        ("@", "x @ 1750000000"),
        ("count_values", 'count_values("value", x)'),
        ("limitk", "limitk(2, x)"),
        ("atan2", "x atan2 y"),
        ("double_exponential_smoothing", "double_exponential_smoothing(x[1h], 0.5, 0.5)"),
        ("sort_by_label", 'sort_by_label(x, "job")'),
        ("or", 'x{a="1" or b="2"}'),
        ("fill", "x + fill(0) y"),
    ],
)
def test_what_the_page_calls_not_supported_is_refused(named: str, expression: str):
    assert named in names(NOT_SUPPORTED)
    with pytest.raises(ExpressionError, match=r"can't evaluate|no function"):
        parse(expression)


def test_the_limits_are_on_the_page():
    assert f"{MAXIMUM_CHARACTERS:,} characters, {MAXIMUM_OPERATORS} operators" in PAGE
    assert f"{MAXIMUM_DEPTH} levels" in PAGE
