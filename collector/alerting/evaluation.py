"""
A rule at a moment -> what there should be alerts for.

Rules ask the store and never the stream, so a moment can be asked about at any time after it, by
whichever collector, with the same answer as far as the lines have arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clew.answers.counting import count_by
from clew.promql.expression import evaluate, parse, selectors
from clew.rules.evidence import expression_evidence, log_evidence
from clew.rules.model import ALERT_NAME, Group, LogCondition, Rule, label_of
from clew.rules.states import Found, Labels
from clew.rules.templates import parse_template
from clew.runtime.clock import Clock, Deadline
from clew.search.parsing import parse as parse_query
from clew.store.protocols import BOTH, LogStore, Question, Selection
from collector.alerting.reported import WithReports

EVALUATION_SECONDS = 30.0
"""For one rule: a store that takes longer holds its group."""


@dataclass(frozen=True, slots=True)
class _Result:
    labels: Labels
    value: float
    evidence: str


class Evaluator:
    """Evaluates rules over the stores."""

    def __init__(self, logs: LogStore, series: WithReports, clock: Clock) -> None:
        self._logs, self._series, self._clock = logs, series, clock

    async def look(self) -> None:
        """See to it that whatever is acknowledged by now is found. Raises as stores do."""
        await self._logs.visible_up_to()

    async def evaluate(self, rule: Rule, group: Group, at: int) -> list[Found]:
        """
        What a rule finds at `at` (Unix nanoseconds).

        Raises TimeoutError and TransientError where the store does not answer: then nothing is
        known; and ValueError where the rule itself can't be evaluated over what is there.
        """
        moment = at - group.query_offset
        if rule.log is not None:
            results = await self._count(rule.log, moment)
        else:
            assert rule.expr is not None  # the model saw to it
            results = await self._evaluate(rule.expr, rule.alert, moment)
        return [_found(rule, group.labels, result) for result in results]

    async def _count(self, condition: LogCondition, at: int) -> list[_Result]:
        question = Question(
            self._deadline(),
            parse_query(condition.query, at),
            since=at - condition.window,
            until=at,
            collections=BOTH,
        )
        counts = await count_by(self._logs, question, condition.by, condition.distinct)
        results = []
        for values, count in counts:
            if count > condition.more_than:
                by = dict(zip(condition.by, values, strict=True))
                labels = {label_of(field): value for field, value in by.items()}
                results.append(_Result(labels, float(count), log_evidence(condition, by, at)))
        return results

    async def _evaluate(self, text: str, alert: str, at: int) -> list[_Result]:
        expression = parse(text)
        wanted = selectors(expression, at)
        deadline = self._deadline()
        fed = {
            each: await self._series.select(
                Selection(deadline, since=each.since, until=each.until, matchers=each.matchers)
            )
            for each in wanted
        }
        evidence = expression_evidence(alert)
        return [
            _Result(_without_name(value.labels), value.value, evidence)
            for value in evaluate(expression, fed, at)
        ]

    def _deadline(self) -> Deadline:
        return Deadline.after(EVALUATION_SECONDS, self._clock)


def _without_name(labels: Mapping[str, str]) -> Labels:
    return {name: value for name, value in labels.items() if name != "__name__"}


def _found(rule: Rule, common: Mapping[str, str], result: _Result) -> Found:
    """The result with the labels and annotations of its rule; empty labels are none."""

    def rendered(texts: Mapping[str, str]) -> Labels:
        return {
            name: parse_template(text).render(result.labels, result.value)
            for name, text in texts.items()
        }

    labels = result.labels | rendered(common) | rendered(rule.labels) | {ALERT_NAME: rule.alert}
    return Found(
        {name: value for name, value in labels.items() if value},
        rendered(rule.annotations),
        result.value,
        result.evidence,
    )
