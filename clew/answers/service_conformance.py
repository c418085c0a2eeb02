"""
How one service logs: its course over time, and who in it writes what is found wanting.

What offends is told with a line that does: a name alone sends nobody to the right place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from clew.answers.conformance import (
    CANONICAL,
    DIALECT,
    LOGS,
    MEASURES,
    MOST_KINDS,
    VIOLATIONS,
    Conformance,
    Counts,
    Period,
    narrowed,
    together,
)
from clew.answers.lines import line_as_json
from clew.answers.quarantine import FIELD, QUARANTINE, REASON
from clew.answers.remedies import remedy
from clew.answers.searching import INTERVALS
from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.schema.fields import NAMESPACE, SERVICE
from clew.schema.timestamps import format_rfc3339
from clew.search.nodes import And, Everything, Exists, Node, Term
from clew.store.protocols import Hit, LogStore, Question, Scope

STEPS = 48
"""Bars of a course that a page still shows apart: half an hour each, of a day."""

MOST_OFFENDERS = 5
LOGGER = "log.logger"
_SAMPLE_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class Offender:
    """
    A logger or a field with the lines that are found wanting, and the newest of these.

    `what` is the violation, or the reason of the quarantine; a logger has several of them.
    """

    name: str
    lines: int
    what: str
    sample: Hit | None


@dataclass(slots=True)
class Course:
    """Counts of each step of `interval` nanoseconds that has a line, by its beginning."""

    interval: int
    steps: dict[int, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceConformance:
    period: Period
    whole: Conformance
    course: Course
    loggers: list[Offender]
    fields: list[Offender]

    @property
    def remedies(self) -> list[tuple[str, int, str]]:
        """What to do, for each reason of a line found wanting; the most frequent first."""
        counts: dict[str, int] = dict(self.whole.reasons)
        for violation, number in self.whole.violations.items():
            reason = violation.partition(":")[0]
            counts[reason] = counts.get(reason, 0) + number
        ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return [(reason, number, remedy(reason)) for reason, number in ordered]

    def as_json(self) -> dict[str, Any]:
        return {
            "since": format_rfc3339(self.period.since),
            "until": format_rfc3339(self.period.until),
            **self.whole.as_json(),
            "interval_nanoseconds": self.course.interval,
            "course": [
                {"start": format_rfc3339(start), **_step_as_json(counts)}
                for start, counts in sorted(self.course.steps.items())
            ],
            "offending_loggers": [_offender_as_json(each) for each in self.loggers],
            "offending_fields": [_offender_as_json(each) for each in self.fields],
            "remedies": [
                {"reason": reason, "lines": lines, "remedy": said}
                for reason, lines, said in self.remedies
            ],
        }


async def service_conformance(
    store: LogStore,
    service: str,
    period: Period,
    *,
    namespace: str = "",
    scope: Scope,
    deadline: Deadline,
) -> ServiceConformance:
    """Without a line where the service said nothing. Raises TimeoutError and TransientError."""
    conditions: list[Node] = [Term(SERVICE, (service,))]
    if namespace:
        conditions.append(Term(NAMESPACE, (namespace,)))
    asked = _Asked(store, Question(deadline, And(tuple(conditions)), scope), period)
    whole = Conformance(service)
    await together(
        [
            *asked.counts(whole),
            *asked.course_counts(),
            asked.kinds(LOGS, DIALECT, whole.dialects),
            asked.kinds(QUARANTINE, REASON, whole.reasons),
            asked.kinds(QUARANTINE, FIELD, whole.fields),
            asked.kinds(LOGS, VIOLATIONS, whole.violations),
        ]
    )
    whole.dialects.pop(CANONICAL, None)
    loggers, fields = await asked.loggers(), await asked.fields(whole)
    return ServiceConformance(period, whole, asked.course, loggers, fields)


class _Asked:
    """Questions about one service in one time."""

    def __init__(self, store: LogStore, base: Question, period: Period) -> None:
        self._store, self._base, self._period = store, base, period
        wanted = (period.until - period.since) // STEPS
        self.course = Course(next((each for each in INTERVALS if each >= wanted), INTERVALS[-1]))

    def counts(self, whole: Conformance) -> list[Callable[[], Awaitable[None]]]:
        pairs = ((self._period, whole.now), (self._period.before(), whole.before))
        return [
            self._counting(period, counts, *measure)
            for period, counts in pairs
            for measure in MEASURES
        ]

    def course_counts(self) -> list[Callable[[], Awaitable[None]]]:
        return [self._drawing(*measure) for measure in MEASURES]

    def kinds(
        self, where: tuple[Collection, ...], name: str, found: dict[str, int]
    ) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            question = narrowed(self._base, self._period, Everything(), where)
            for facet in await self._store.facets(question, name, MOST_KINDS):
                found[facet.value] = facet.count

        return ask

    async def loggers(self) -> list[Offender]:
        """Those of lines with violations; of a quarantined line no logger is known."""
        question = narrowed(self._base, self._period, Exists(VIOLATIONS), LOGS)
        found = await self._store.facets(question, LOGGER, MOST_OFFENDERS)
        return [
            await self._offender(question, Term(LOGGER, (each.value,)), each.value, each.count)
            for each in found
        ]

    async def fields(self, whole: Conformance) -> list[Offender]:
        """Those that violations name, and those at fault in quarantine."""
        named: list[tuple[int, str, Node, tuple[Collection, ...]]] = [
            (number, at_fault, Term(VIOLATIONS, (violation,)), LOGS)
            for violation, number in whole.violations.items()
            if (at_fault := violation.partition(":")[2])
        ]
        named += [
            (number, at_fault, Term(FIELD, (at_fault,)), QUARANTINE)
            for at_fault, number in whole.fields.items()
        ]
        named.sort(key=lambda each: (-each[0], each[1]))
        return [
            await self._offender(
                narrowed(self._base, self._period, Everything(), where), condition, name, number
            )
            for number, name, condition, where in named[:MOST_OFFENDERS]
        ]

    async def _offender(
        self, question: Question, condition: Node, name: str, number: int
    ) -> Offender:
        narrower = narrowed(question, self._period, condition, question.collections)
        page = await self._store.search(narrower, limit=1, newest_first=True)
        sample = page.hits[0] if page.hits else None
        return Offender(name, number, _what(sample), sample)

    def _counting(
        self,
        period: Period,
        counts: Counts,
        name: str,
        condition: Node,
        where: tuple[Collection, ...],
    ) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            question = narrowed(self._base, period, condition, where)
            setattr(counts, name, await self._store.count(question))

        return ask

    def _drawing(
        self, name: str, condition: Node, where: tuple[Collection, ...]
    ) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            question = narrowed(self._base, self._period, condition, where)
            for bucket in await self._store.histogram(question, self.course.interval):
                step = self.course.steps.setdefault(bucket.start, Counts())
                setattr(step, name, bucket.count)

        return ask


def _what(sample: Hit | None) -> str:
    if sample is None:
        return ""
    if sample.collection is Collection.QUARANTINE:
        return str(sample.source.get(REASON, ""))
    violations = sample.source.get(VIOLATIONS) or []
    named = [violations] if isinstance(violations, str) else violations
    return ", ".join(map(str, named))


def _offender_as_json(offender: Offender) -> dict[str, Any]:
    return {
        "name": offender.name,
        "lines": offender.lines,
        "what": offender.what,
        "sample": None if offender.sample is None else _shortened(line_as_json(offender.sample)),
    }


def _shortened(line: dict[str, Any]) -> dict[str, Any]:
    """A sample is looked at, not kept: of a long one the beginning will do."""
    line.pop("clew.raw", None)
    return {
        name: value[:_SAMPLE_CHARACTERS] if isinstance(value, str) else value
        for name, value in line.items()
    }


def _step_as_json(counts: Counts) -> dict[str, int]:
    return {
        "lines": counts.lines,
        "canonical": counts.canonical,
        "translated": counts.translated,
        "quarantined": counts.quarantined,
        "violating": counts.violating,
        "with_trace": counts.with_trace,
        "with_transaction": counts.with_transaction,
    }
