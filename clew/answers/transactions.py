"""
What happened to one ID: the closure over a store's documents, quarantined ones included, and how
busy the nodes were that took part.
"""

from __future__ import annotations

from clew.answers.node_figures import with_nodes
from clew.answers.reports import Reports
from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError
from clew.store.protocols import BOTH, LogStore, Question, Scope, SeriesStore
from clew.transaction.assembly import assemble
from clew.transaction.closure import Closure
from clew.transaction.model import Transaction

MOST_LINES = 50_000
"""More lines than any transaction has; as many of a word that everybody writes fill the memory."""


class TooManyLinesError(ClewError):
    """What was asked for is no ID but a word, or leads to more than one answer can hold."""


async def transaction(
    store: LogStore,
    identifier: str,
    *,
    reports: Reports,
    series: SeriesStore | None = None,
    scope: Scope,
    deadline: Deadline,
    most_lines: int = MOST_LINES,
) -> Transaction:
    """
    Everything an ID leads to, of whatever age; without `lines` where it leads nowhere.

    Raises TooManyLinesError, and what reads of a store raise: TimeoutError and TransientError.
    Never gives half an answer; but where `series` can't be read, the figures of nodes are unknown.
    """
    told = await reports.latest(deadline)
    # Asked before the first look: what is acknowledged in between may be missing from it.
    visible_up_to = await store.visible_up_to()
    closure = Closure(identifier)
    while (wanted := closure.wanted()) is not None:
        question = Question(deadline, wanted, scope, collections=BOTH)
        lines = await store.count(question)
        if lines > most_lines:
            raise TooManyLinesError(
                f"{lines:,} lines have or mention {identifier!r}, too many for one transaction: "
                "search for it, within a time"
            )
        closure.feed([hit async for hit in store.scan(question)])
    answer = assemble(closure, visible_up_to, told)
    return await with_nodes(answer, series, scope=scope, deadline=deadline)
