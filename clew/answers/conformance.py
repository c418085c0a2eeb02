"""
How well each service logs, over a time and against the time before.

Keeps true: how many questions a store is asked does not depend on how many services there are. Each
asks for the lines of one kind, by service; kinds are dialects, reasons and violations, of which
only the most frequent get a question of their own.

    lines = canonical + translated (by dialect) + quarantined (by reason)

Violations are of lines that are in the logs all the same, since a policy only reports them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from clew.answers.quarantine import FIELD, QUARANTINE, REASON
from clew.runtime.clock import Deadline
from clew.schema.dialects.catalog import NAMES
from clew.schema.document import Collection
from clew.schema.fields import NAMESPACE, SERVICE, TRACE, TRANSACTION
from clew.schema.timestamps import format_rfc3339
from clew.search.nodes import And, Everything, Exists, Node, Term
from clew.store.protocols import BOTH, LogStore, Question, Scope

LOGS = (Collection.LOGS,)
DIALECT, VIOLATIONS = "clew.dialect", "clew.violations"
CANONICAL = NAMES[0]

MOST_SERVICES = 1_000
MOST_KINDS = 16
"""Of dialects, of violations and of fields that are counted by service; there are few more."""
AT_ONCE = 4
"""Questions beside each other: an embedded store answers two, and a cluster is not to notice."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time as Unix nanoseconds, `since` inclusive and `until` exclusive."""

    since: int
    until: int

    def before(self) -> Period:
        """The time of the same length that ends where this one begins."""
        return Period(max(0, 2 * self.since - self.until), self.since)


@dataclass(slots=True)
class Counts:
    """Lines of a service in one time, those in quarantine among them."""

    lines: int = 0
    canonical: int = 0
    quarantined: int = 0
    violating: int = 0
    with_trace: int = 0
    with_transaction: int = 0

    @property
    def translated(self) -> int:
        return max(0, self.lines - self.canonical - self.quarantined)

    @property
    def offending(self) -> int:
        return self.quarantined + self.violating

    def share(self, name: str) -> float | None:
        """From 0 to 1; None where there is no line."""
        return getattr(self, name) / self.lines if self.lines else None


@dataclass(slots=True)
class Conformance:
    """
    How a service logs. `dialects` are those of translated lines, `reasons` and `fields` of
    quarantined ones; `violations` are as a document names them. `before` is of the time before.
    """

    service: str
    now: Counts = field(default_factory=Counts)
    before: Counts = field(default_factory=Counts)
    dialects: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    violations: dict[str, int] = field(default_factory=dict)

    def change(self, name: str) -> float | None:
        """How much a share has grown since the time before; None where either has no line."""
        share, before = self.now.share(name), self.before.share(name)
        return None if share is None or before is None else share - before

    def as_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            **_counts_as_json(self.now),
            "dialects": self.dialects,
            "reasons": self.reasons,
            "fields": self.fields,
            "violations": self.violations,
            "before": _counts_as_json(self.before),
        }


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The services that said something, most offending first; `cut`: there are more of them."""

    period: Period
    services: list[Conformance]
    cut: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "since": format_rfc3339(self.period.since),
            "until": format_rfc3339(self.period.until),
            "services": [each.as_json() for each in self.services],
            "cut": self.cut,
        }


async def scoreboard(
    store: LogStore,
    period: Period,
    *,
    namespace: str = "",
    scope: Scope,
    deadline: Deadline,
) -> Scoreboard:
    """Raises TimeoutError and TransientError."""
    board = _Board(store, scope, deadline, namespace)
    await board.ask(period)
    services = sorted(
        board.services.values(),
        key=lambda each: (-each.now.offending, -each.now.lines, each.service),
    )
    return Scoreboard(period, [each for each in services if each.now.lines], board.cut)


class _Board:
    """Collects answers, each of which is about all services."""

    def __init__(self, store: LogStore, scope: Scope, deadline: Deadline, namespace: str) -> None:
        self._store, self._deadline = store, deadline
        self._base = Question(
            deadline, Term(NAMESPACE, (namespace,)) if namespace else Everything(), scope
        )
        self.services: dict[str, Conformance] = {}
        self.cut = False

    async def ask(self, period: Period) -> None:
        await together(
            [
                *self._counts(period, lambda each: each.now),
                *self._counts(period.before(), lambda each: each.before),
                self._kinds(period, LOGS, DIALECT, lambda each: each.dialects, {CANONICAL}),
                self._kinds(period, QUARANTINE, REASON, lambda each: each.reasons),
                self._kinds(period, QUARANTINE, FIELD, lambda each: each.fields),
                self._kinds(period, LOGS, VIOLATIONS, lambda each: each.violations),
            ]
        )

    def _counts(
        self, period: Period, of: Callable[[Conformance], Counts]
    ) -> list[Callable[[], Awaitable[None]]]:
        return [
            self._counting(narrowed(self._base, period, condition, where), of, name)
            for name, condition, where in MEASURES
        ]

    def _counting(
        self, question: Question, of: Callable[[Conformance], Counts], name: str
    ) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            for service, number in await self._by_service(question):
                setattr(of(self._of(service)), name, number)

        return ask

    def _kinds(
        self,
        period: Period,
        where: tuple[Collection, ...],
        name: str,
        of: Callable[[Conformance], dict[str, int]],
        without: frozenset[str] | set[str] = frozenset(),
    ) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            base = narrowed(self._base, period, Everything(), where)
            for each in await self._store.facets(base, name, MOST_KINDS + len(without)):
                if each.value in without:
                    continue
                kind = narrowed(base, period, Term(name, (each.value,)), where)
                for service, number in await self._by_service(kind):
                    of(self._of(service))[each.value] = number

        return ask

    async def _by_service(self, question: Question) -> list[tuple[str, int]]:
        facets = await self._store.facets(question, SERVICE, MOST_SERVICES + 1)
        self.cut |= len(facets) > MOST_SERVICES
        return [(facet.value, facet.count) for facet in facets[:MOST_SERVICES]]

    def _of(self, service: str) -> Conformance:
        return self.services.setdefault(service, Conformance(service))


MEASURES: tuple[tuple[str, Node, tuple[Collection, ...]], ...] = (
    ("lines", Everything(), BOTH),
    ("canonical", Term(DIALECT, (CANONICAL,)), LOGS),
    ("quarantined", Everything(), QUARANTINE),
    ("violating", Exists(VIOLATIONS), LOGS),
    ("with_trace", Exists(TRACE), BOTH),
    ("with_transaction", Exists(TRANSACTION), BOTH),
)
"""What is counted: a name of `Counts`, what its lines have, and where they are."""


def narrowed(
    question: Question, period: Period, condition: Node, where: tuple[Collection, ...]
) -> Question:
    """A question about those of its lines that are in a time, have something, and are there."""
    return replace(
        question,
        query=And((question.query, condition)),
        since=period.since,
        until=period.until,
        collections=where,
    )


async def together(questions: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """All of them, some at a time; raises what one of them raises, and then asks no more."""
    left = iter(questions)

    async def ask_on() -> None:
        for question in left:
            await question()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask_on())
    except BaseExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None


def _counts_as_json(counts: Counts) -> dict[str, int]:
    return {**asdict(counts), "translated": counts.translated}
