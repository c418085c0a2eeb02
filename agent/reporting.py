"""
Tell the collector, every few seconds and once at the end, up to which time everything is stored.

Keeps true: a report that is not delivered disturbs no batch. It is not sent again either, since the
next one says more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agent import events
from agent.delivery import Delivery
from agent.ledger import Gap
from agent.shedding.spans import ShedSpan
from agent.sweep import Sweeper
from clew.runtime.backoff import Backoff
from clew.runtime.errors import TransientError
from clew.runtime.tasks import wait
from clew.wire.report import Report, ReportedGap, ReportedShed

REPORT_SECONDS = 5.0
"""A collector that needs longer for so little has other troubles."""
LAST_REPORT_SECONDS = 2.0
"""Whoever asked us to stop waits for it; `clew up` has 8 s for all of its processes."""
MOST_PAUSE_SECONDS = 60.0
"""So long after an outage an agent may at worst still be thought to be where it was before."""
GAPS_REPORTED = 100
"""The latest; the sums have them all. With the longest paths some 100 KiB, well within a report."""


def build_report(sweeper: Sweeper, node: str, cluster: str, time: int, *, ended: bool) -> Report:
    """What a sweeper's state comes to; in the sweeper's own thread."""
    ledger, watch, watermark = sweeper.ledger, sweeper.watch, sweeper.watermark
    return Report(
        agent=f"{cluster}/{node}" if cluster else node,
        node=node,
        time=time,
        delivered_up_to=watermark.time,
        unread_bytes=watch.unread_bytes,
        # What the watermark left out counts until it was read, although it can be read by now.
        unreadable_files=max(watermark.unreadable, len(watch.unreadable)),
        gap_count=ledger.gap_count,
        gap_bytes=ledger.gap_bytes,
        gaps=[_reported(gap) for gap in ledger.gaps[-GAPS_REPORTED:]],
        ended=ended,
        shed_lines=ledger.shed_lines,
        shed_bytes=ledger.shed_bytes,
        shed=[_reported_shed(span) for span in ledger.shed],
    )


def _reported(gap: Gap) -> ReportedGap:
    size = gap.end - gap.start
    return ReportedGap(
        gap.container, gap.path, size, gap.reason.value, gap.time, at_least=gap.unbounded
    )


def _reported_shed(span: ShedSpan) -> ReportedShed:
    return ReportedShed(
        container=span.container,
        rung=span.rung,
        kind=span.kind.value,
        first=max(0, span.first),
        last=max(0, span.last),
        lines=span.lines,
        bytes=span.bytes,
    )


class Reporter:
    """`build` makes the report of this moment; told whether it is the last."""

    def __init__(
        self,
        delivery: Delivery,
        build: Callable[[bool], Awaitable[Report]],
        interval_seconds: float,
    ) -> None:
        self._delivery, self._build, self._interval = delivery, build, interval_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Report until asked to stop, the first time after one interval: then there is news."""
        backoff = Backoff(self._interval, MOST_PAUSE_SECONDS)
        pause = self._interval
        while not await wait(stop, pause):
            error = await self._send(REPORT_SECONDS, last=False)
            if error is None:
                backoff.reset()
                pause = self._interval
            else:
                pause = max(self._interval, backoff.next(error.retry_after))

    async def end(self) -> None:
        """The last report, if it goes through at once."""
        await self._send(LAST_REPORT_SECONDS, last=True)

    async def _send(self, seconds: float, *, last: bool) -> TransientError | None:
        try:
            await self._delivery.report(await self._build(last), seconds)
        except TransientError as error:
            events.delivery.report_failed(error)
            return error
        events.delivery.report_taken()
        return None
