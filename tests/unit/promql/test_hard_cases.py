"""
Our answers to the hard questions.

That they are Prometheus' as well is proved by tests/contracts/test_promql.py.
"""

from __future__ import annotations

import pytest

from clew.promql.expression import EvaluationError, evaluate, parse
from clew.promql.labels import written
from tests.support.promql_cases import AMBIGUOUS, CASES, Case
from tests.support.promql_series import at, by_hand, feed

SERIES = by_hand()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fact)
def test_the_answer_is_as_written(case: Case):
    expression = parse(case.expression)
    moment = at(case.seconds)
    values = evaluate(expression, feed(expression, moment, SERIES), moment)
    found = {written(value.labels): value.value for value in values}
    expected = {_with_braces(labels): value for labels, value in case.values.items()}
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    "expression", [text for _, text in AMBIGUOUS], ids=[f for f, _ in AMBIGUOUS]
)
def test_what_is_ambiguous_has_no_value(expression: str):
    parsed = parse(expression)
    with pytest.raises(EvaluationError):
        evaluate(parsed, feed(parsed, at(60), SERIES), at(60))


def test_samples_outside_the_wanted_time_change_nothing():
    """So a caller may feed what it has, and need not cut it."""
    for case in CASES:
        parsed = parse(case.expression)
        moment = at(case.seconds)
        cut = feed(parsed, moment, SERIES)
        whole = {
            wanted: [every for every in SERIES if every.labels in [each.labels for each in found]]
            for wanted, found in cut.items()
        }
        assert repr(evaluate(parsed, whole, moment)) == repr(evaluate(parsed, cut, moment))


def _with_braces(labels: str) -> str:
    """`{b="1", a="2"}` in the order in which `written` writes it."""
    name, _, rest = labels.partition("{")
    return f"{name}{{{', '.join(sorted(rest.removesuffix('}').split(', ')))}}}"
