"""
What agents reported last, as a series that an expression of a rule can ask for.

    clew_report_age_seconds{agent, node}    for how long an agent has said nothing

An agent that died scrapes nobody, itself least of all, so its own metrics can't tell of it. Those
that ended in order have no series. A report is what there is *now*: asked about a moment that has
passed, it gives what is known today.
"""

from __future__ import annotations

from array import array

from clew.answers.reports import Reports
from clew.promql.matchers import NAME, all_match, wanted_name
from clew.schema.timestamps import SECOND
from clew.store.protocols import Selection, Series, SeriesStore
from clew.wire.report import Report

AGE = "clew_report_age_seconds"


class WithReports:
    """The series of a store, and that of the reports."""

    def __init__(self, series: SeriesStore, reports: Reports) -> None:
        self._series, self._reports = series, reports

    async def select(self, selection: Selection) -> list[Series]:
        """As `SeriesStore.select`."""
        if wanted_name(selection.matchers) != AGE:
            return await self._series.select(selection)
        reports = await self._reports.latest(selection.deadline) or ()
        found = [
            _age(report, selection.until)
            for report in reports
            if not report.ended and report.time <= selection.until
        ]
        return [each for each in found if all_match(selection.matchers, each.labels)]


def _age(report: Report, at: int) -> Series:
    labels = {NAME: AGE, "agent": report.agent, "node": report.node}
    return Series(labels, array("q", [at]), array("d", [(at - report.time) / SECOND]))
