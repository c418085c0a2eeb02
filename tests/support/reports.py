"""What agents say of themselves, and what of alert rules is kept, in a state store of a test."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from clew.answers.reports import Reports
from clew.rules.record import GroupRecord, encode, key_of
from clew.store.protocols import StateStore
from clew.wire.report import Report, ReportedGap, ReportedShed, encode_report, report_key
from tests.support.documents import NOON
from tests.support.memory_state_store import MemoryStateStore


def report(
    node: str,
    delivered_up_to: int,
    *,
    time: int = NOON,
    unreadable_files: int = 0,
    gaps: Sequence[tuple[int, int]] = (),
    ended: bool = False,
    shed: Sequence[ReportedShed] = (),
) -> Report:
    """`gaps` are times and bytes."""
    lost = [ReportedGap("shop_a_u/a/0", "/x", size, "deleted", found) for found, size in gaps]
    size = sum(gap.bytes for gap in lost)
    return Report(
        node,
        node,
        time,
        delivered_up_to,
        0,
        unreadable_files,
        len(lost),
        size,
        lost,
        ended,
        shed_lines=sum(span.lines for span in shed),
        shed_bytes=sum(span.bytes for span in shed),
        shed=list(shed),
    )


def state_with(reports: Sequence[Report], groups: Sequence[GroupRecord] = ()) -> StateStore:
    state = MemoryStateStore()
    values = {report_key(each.agent, each.node): encode_report(each) for each in reports}
    values |= {key_of(each.file, each.name): encode(each) for each in groups}
    for key, value in values.items():
        # Without asyncio.run, which is not possible beside Playwright: this store never waits.
        with suppress(StopIteration):
            state.put_if(key, value, version=None).send(None)
    return state


def told(*reports: Report) -> Reports:
    """The reports as a question is given them."""
    return Reports(state_with(reports))
