"""
What agents report -> how complete an answer is.

Keeps true: nothing is called complete that no agent has said to be stored. What is not known is
said to be unknown, and is not an alarm where nobody ever reported: lines may have come another way.
"""

from __future__ import annotations

from collections.abc import Sequence

from clew.schema.timestamps import SECOND, format_rfc3339
from clew.transaction.model import AgentBehind, Completeness
from clew.wire.report import Report, ReportedShed

ALLOWANCE = 15 * SECOND
"""What an agent that keeps up may be behind the present: a look, and two reports of which one is
lost on the way."""

GAP_FOUND_WITHIN = 3600 * SECOND
"""A gap is found when its file is gone, at the earliest when its lines were; an agent that is
longer behind than this is named as such."""

CLOCKS_APART = SECOND
"""Between the time that an application writes and the runtime's beside it, which sheds go by."""

KINDS = ("trace", "debug", "info", "warn", "unknown")
"""What agents leave out on purpose, in this order where an answer names them."""


def of_transaction(
    start: int,
    end: int,
    *,
    visible_up_to: int,
    reports: Sequence[Report] | None,
    quarantined: int,
    silent_services: list[str],
) -> Completeness:
    """
    How complete the lines of a transaction from `start` to `end` are.

    Times are Unix nanoseconds. `visible_up_to` was asked for after the reports were read; these are
    None where they could not be.
    """
    return _assess(
        start,
        end,
        expected=end,
        visible_up_to=visible_up_to,
        reports=reports,
        quarantined=quarantined,
        silent_services=silent_services,
    )


def of_search(
    since: int | None,
    until: int | None,
    now: int,
    *,
    visible_up_to: int,
    reports: Sequence[Report] | None,
    quarantined: int,
) -> Completeness:
    """How complete the lines between two times are; without `until` they go on up to `now`."""
    end = now if until is None else min(until, now)
    return _assess(
        since or 0,
        end,
        expected=min(end, now - ALLOWANCE),
        visible_up_to=visible_up_to,
        reports=reports,
        quarantined=quarantined,
        silent_services=[],
    )


def _assess(
    start: int,
    end: int,
    *,
    expected: int,
    visible_up_to: int,
    reports: Sequence[Report] | None,
    quarantined: int,
    silent_services: list[str],
) -> Completeness:
    """`expected` is the time up to which every agent should have delivered."""
    told = reports or ()
    shed = [span for report in told for span in report.shed if _overlaps(span, start, end)]
    lost = [
        gap for report in told for gap in report.gaps if start <= gap.time <= end + GAP_FOUND_WITHIN
    ]
    return Completeness(
        visible_up_to=format_rfc3339(visible_up_to),
        complete_up_to=_complete_up_to(told),
        agents_reporting=None if reports is None else len(reports),
        agents=[_behind(report) for report in told if report.delivered_up_to < expected],
        unreadable_files=sum(report.unreadable_files for report in told),
        gaps=len(lost),
        gap_bytes=sum(gap.bytes for gap in lost),
        gap_bytes_at_least=any(gap.at_least for gap in lost),
        shed_lines=sum(span.lines for span in shed),
        shed_kinds=sorted({span.kind for span in shed}, key=_severity),
        quarantined=quarantined,
        silent_services=silent_services,
    )


def _overlaps(span: ReportedShed, start: int, end: int) -> bool:
    return span.first - CLOCKS_APART <= end and start <= span.last + CLOCKS_APART


def _severity(kind: str) -> tuple[int, str]:
    """The place of a kind, the least telling first; one that a newer agent knows comes last."""
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), kind)


def _complete_up_to(reports: Sequence[Report]) -> str | None:
    """What all running agents have delivered, or all stopped ones where none is running."""
    running = [report for report in reports if not _stopped(report)]
    return _time(min((each.delivered_up_to for each in running or reports), default=0))


def _stopped(report: Report) -> bool:
    """Whether an agent ended when it was through: what it left behind is not on its way."""
    return report.ended and report.delivered_up_to >= report.time - ALLOWANCE


def _behind(report: Report) -> AgentBehind:
    up_to = _time(report.delivered_up_to)
    return AgentBehind(report.agent, report.node, up_to, _stopped(report))


def _time(nanoseconds: int) -> str | None:
    return format_rfc3339(nanoseconds) if nanoseconds else None
