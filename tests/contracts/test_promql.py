"""
PromQL is what Prometheus says it is: a real one of version 2 gets the same series and questions.

Values are compared as numbers that may differ in the last digits, for we add up in another order;
labels, and whether there is a value at all, exactly.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from clew.promql.expression import EvaluationError, Value, evaluate, parse
from clew.promql.labels import written
from tests.support.components import missing, require_unpacked
from tests.support.prometheus import Prometheus
from tests.support.promql_cases import AMBIGUOUS, CASES, Case
from tests.support.promql_generation import Generator
from tests.support.promql_series import LAST, at, by_hand, feed, invented

SEED = 4
EXPRESSIONS = 1000
SERIES = by_hand() + invented(SEED)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    program = require_unpacked("prometheus", "usr/bin/prometheus")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    if "version 2." not in version.stdout + version.stderr:
        missing("a Prometheus 2", "in 3 a range leaves out its older end")
    server = Prometheus(tmp_path_factory.mktemp("prometheus"))
    try:
        server.start()
        server.write(SERIES)
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fact)
def test_prometheus_answers_the_hard_questions_as_we_do(prometheus: Prometheus, case: Case):
    assert _same(
        _ours(case.expression, at(case.seconds)),
        _theirs(prometheus, case.expression, at(case.seconds)),
    )


@pytest.mark.parametrize(
    "expression", [text for _, text in AMBIGUOUS], ids=[f for f, _ in AMBIGUOUS]
)
def test_prometheus_refuses_what_we_find_ambiguous(prometheus: Prometheus, expression: str):
    assert _theirs(prometheus, expression, at(60)) is None


def test_prometheus_agrees_on_any_expression(prometheus: Prometheus):
    """Over counters, gauges and histograms with jitter, gaps, resets, NaN and series that end."""
    random, generator = Random(SEED), Generator(SEED)
    outcomes: Counter[str] = Counter()
    for _ in range(EXPRESSIONS):
        expression, moment = generator.expression(), at(round(random.uniform(300, LAST), 3))
        ours, theirs = _ours(expression, moment), _theirs(prometheus, expression, moment)
        assert _same(ours, theirs), f"{expression} at {moment}:\nours   {ours}\ntheirs {theirs}"
        outcomes["refused" if ours is None else "empty" if not ours else "answered"] += 1
    assert outcomes["answered"] > EXPRESSIONS / 2, outcomes
    assert outcomes["refused"] > EXPRESSIONS / 100, outcomes


Answer = dict[str, float] | None
"""Values by labels; None where there is none, because it would be ambiguous."""


def _ours(expression: str, moment: int) -> Answer:
    parsed = parse(expression)
    try:
        values = evaluate(parsed, feed(parsed, moment, SERIES), moment)
    except EvaluationError:
        return None
    return _by_labels(values)


def _theirs(prometheus: Prometheus, expression: str, moment: int) -> Answer:
    values = prometheus.query(expression, moment)
    return None if values is None else _by_labels(values)


def _by_labels(values: list[Value]) -> dict[str, float]:
    by_labels = {written(value.labels): value.value for value in values}
    assert len(by_labels) == len(values)
    return by_labels


def _same(ours: Answer, theirs: Answer) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9, nan_ok=True)
