"""A finished closure -> the whole answer."""

from __future__ import annotations

from collections.abc import Sequence

from clew.schema.timestamps import format_rfc3339
from clew.transaction.closure import Closure
from clew.transaction.completeness import of_search, of_transaction
from clew.transaction.model import Completeness, Line, Step, Summary, Transaction
from clew.transaction.order import place
from clew.transaction.steps import arrange, service_of
from clew.transaction.verdict import judge, silent_services
from clew.wire.report import Report


def assemble(closure: Closure, visible_up_to: int, reports: Sequence[Report] | None) -> Transaction:
    """
    Everything the ID leads to.

    `visible_up_to` (Unix nanoseconds) is what the store said *before* the closure was fed: what
    was acknowledged up to then can't be missing. `reports` are the agents' latest, read before
    that; None where they could not be. A hub's lines get no steps and no verdict: they belong to
    many transactions.
    """
    lines = sorted(closure.lines, key=lambda line: place(line.source))
    steps: list[Step] = []
    if not closure.hub:
        lines, steps = arrange(lines)
    return Transaction(
        id=closure.id,
        matched=closure.matched,
        trace_ids=closure.trace_ids,
        offered_trace_ids=closure.offered_trace_ids,
        hub=closure.hub,
        start=_timestamp(lines[0]) if lines else None,
        end=_timestamp(lines[-1]) if lines else None,
        services=_services(lines),
        lines=lines,
        steps=steps,
        verdict=judge(lines, steps),
        completeness=_completeness(lines, visible_up_to, reports),
    )


def _completeness(
    lines: Sequence[Line], visible_up_to: int, reports: Sequence[Report] | None
) -> Completeness:
    """Of an ID without a line: whether one may still arrive."""
    if not lines:
        now = visible_up_to
        return of_search(
            None, None, now, visible_up_to=visible_up_to, reports=reports, quarantined=0
        )
    return of_transaction(
        place(lines[0].source)[0],
        place(lines[-1].source)[0],
        visible_up_to=visible_up_to,
        reports=reports,
        quarantined=sum(line.quarantined for line in lines),
        silent_services=silent_services(lines),
    )


def summarise(identifier: str, lines: Sequence[Line]) -> Summary:
    """One transaction in a list, out of those of its lines that were looked at; at least one."""
    ordered, steps = arrange(lines)
    verdict = judge(ordered, steps)
    first, last = place(ordered[0].source)[0], place(ordered[-1].source)[0]
    return Summary(
        id=identifier,
        start=format_rfc3339(first),
        end=format_rfc3339(last),
        duration_nanoseconds=last - first,
        services=_services(ordered),
        lines=len(ordered),
        errors=sum(step.errors for step in steps),
        failed_service=None if verdict is None else verdict.service,
        reason=None if verdict is None else verdict.reason,
    )


def _timestamp(line: Line) -> str:
    return format_rfc3339(place(line.source)[0])


def _services(lines: Sequence[Line]) -> list[str]:
    """In order of their first line."""
    return list(dict.fromkeys(service_of(line.source) for line in lines))
