from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from agent.shedding.kinds import Kind
from clew.schema.timestamps import SECOND, format_rfc3339
from clew.transaction.completeness import (
    ALLOWANCE,
    CLOCKS_APART,
    GAP_FOUND_WITHIN,
    KINDS,
    of_search,
    of_transaction,
)
from clew.transaction.model import AgentBehind, Completeness
from clew.wire.report import Report, ReportedGap, ReportedShed
from tests.support.documents import NOON
from tests.support.reports import report

START, END = NOON - 10 * SECOND, NOON - 5 * SECOND


def assessed(*reports: Report, **changes: Any) -> Completeness:
    """Of a transaction that began at START and ended at END."""
    known: dict[str, Any] = {
        "visible_up_to": NOON,
        "reports": reports,
        "quarantined": 0,
        "silent_services": [],
    }
    return of_transaction(START, END, **known | changes)


def searched(*reports: Report, since: int | None = None, until: int | None = None) -> Completeness:
    return of_search(since, until, NOON, visible_up_to=NOON, reports=reports, quarantined=0)


def behind(completeness: Completeness) -> list[str]:
    return [agent.node for agent in completeness.behind]


def test_it_is_complete_up_to_where_the_last_agent_has_come():
    known = assessed(report("a", NOON), report("b", NOON - SECOND))
    assert known.complete_up_to == format_rfc3339(NOON - SECOND)
    assert (known.agents_reporting, known.agents) == (2, [])


def test_an_agent_that_has_not_come_to_the_end_is_behind():
    """Whoever has delivered everything up to the last line has none of it any more."""
    known = assessed(report("a", END), report("b", END - 1))
    assert known.agents == [AgentBehind("b", "b", format_rfc3339(END - 1))]
    assert known.complete_up_to == format_rfc3339(END - 1)


def test_what_an_agent_has_not_said_is_not_known():
    """One that has just started has told nothing yet: it is behind, and nothing is complete."""
    known = assessed(report("a", NOON), report("b", 0))
    assert known.complete_up_to is None
    assert known.agents == [AgentBehind("b", "b", None)]


def test_where_no_agent_ever_reported_nothing_is_claimed():
    known = assessed()
    assert (known.complete_up_to, known.agents_reporting, known.agents) == (None, 0, [])


def test_where_reports_cannot_be_read_that_is_told_apart():
    known = assessed(reports=None)
    assert (known.complete_up_to, known.agents_reporting, known.agents) == (None, None, [])


def test_an_agent_that_ended_when_it_was_through_is_not_waited_for():
    """It is named, since its containers may have gone on; it does not keep the others back."""
    through = report("a", END - 9 * SECOND, time=END - 8 * SECOND, ended=True)
    known = assessed(through, report("b", NOON))
    assert known.agents == [AgentBehind("a", "a", format_rfc3339(END - 9 * SECOND), stopped=True)]
    assert behind(known) == []
    assert known.complete_up_to == format_rfc3339(NOON)
    assert assessed(through).complete_up_to == format_rfc3339(END - 9 * SECOND)


def test_an_agent_that_ended_before_it_was_through_is_behind():
    """What it has read and not delivered waits for its next start."""
    torn_off = report("a", START - ALLOWANCE, time=START + 1, ended=True)
    assert behind(assessed(torn_off)) == ["a"]


def test_gaps_count_from_the_beginning_up_to_an_hour_after_the_end():
    """A gap is found late: when the file is gone. The time before is another transaction's."""
    gaps = [(START - 1, 1), (START, 10), (END + GAP_FOUND_WITHIN, 100), (END + 2 * 10**13, 1000)]
    known = assessed(report("a", NOON, gaps=gaps[:2]), report("b", NOON, gaps=gaps[2:]))
    assert (known.gaps, known.gap_bytes) == (2, 110)


def test_one_gap_of_unknown_size_makes_the_sum_a_least():
    known = report("a", NOON, gaps=[(START, 10)])
    assert not assessed(known).gap_bytes_at_least
    unseen = ReportedGap("shop_a_u/a/0", "/x", 0, "unseen", START, at_least=True)
    both = replace(known, gaps=[*known.gaps, unseen])
    assert (assessed(both).gaps, assessed(both).gap_bytes_at_least) == (2, True)


def test_files_that_cannot_be_read_are_added_up():
    unreadable = [report(node, NOON, unreadable_files=2) for node in "ab"]
    assert assessed(*unreadable).unreadable_files == 4


def test_a_search_up_to_now_allows_for_what_is_always_on_the_way():
    reports = report("a", NOON - ALLOWANCE), report("b", NOON - ALLOWANCE - 1)
    assert behind(searched(*reports)) == ["b"]
    assert behind(searched(*reports, until=NOON + 1)) == ["b"]


def test_a_search_of_the_past_waits_for_its_end_only():
    reports = report("a", END), report("b", END - 1)
    assert behind(searched(*reports, until=END - ALLOWANCE)) == []
    assert behind(searched(report("c", END - ALLOWANCE - 1), until=END - ALLOWANCE)) == ["c"]


def test_gaps_of_a_search_are_those_of_its_time():
    gaps = report("a", NOON, gaps=[(START - 1, 1), (START, 10)])
    assert searched(gaps).gaps == 2
    assert searched(gaps, since=START).gaps == 1
    assert searched(gaps, until=START - 2 * GAP_FOUND_WITHIN).gaps == 0


def shed(first: int, last: int, lines: int, kind: str = "debug") -> ReportedShed:
    return ReportedShed("shop_a_u/a/0", "r", kind, first, last, lines, 10 * lines)


def test_what_was_left_out_on_purpose_in_its_time_is_added_up():
    """By whichever agent: from the first line to the last, and what the clocks are apart."""
    before = shed(START - 9, START - CLOCKS_APART - 1, 1)
    touching = [
        shed(0, START - CLOCKS_APART, 10),
        shed(END + CLOCKS_APART, NOON, 100, "trace"),
        shed(0, 2 * NOON, 1000),
    ]
    after = shed(END + CLOCKS_APART + 1, NOON, 10_000)
    known = assessed(
        report("a", NOON, shed=[before, *touching[:2]]),
        report("b", NOON, shed=[touching[2], after]),
    )
    assert (known.shed_lines, known.shed_kinds) == (1110, ["trace", "debug"])


def test_a_kind_that_a_newer_agent_leaves_out_is_named_last():
    spans = [shed(START, END, 1, kind) for kind in ("zzz", "unknown", "info", "info")]
    assert assessed(report("a", NOON, shed=spans)).shed_kinds == ["info", "unknown", "zzz"]


def test_what_was_left_out_of_a_search_is_that_of_its_time():
    reports = report("a", NOON, shed=[shed(START - 10 * SECOND, START - 9 * SECOND, 7)])
    assert searched(reports).shed_lines == 7
    assert searched(reports, since=START).shed_lines == 0
    assert searched(reports, until=START - 20 * SECOND).shed_lines == 0


def test_kinds_are_named_in_the_order_of_the_agents_list():
    assert tuple(Kind) == KINDS
