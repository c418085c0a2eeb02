"""
The transactions of late, each in one row.

Nothing is kept for this list: it is made of the newest lines whenever somebody looks. So its counts
are of the lines that were looked at: the oldest row may lack its beginning, and a failure from
before NEWEST_LINES shows its errors alone. The page behind the row has everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.schema.fields import SEVERITY, TRACE, TRANSACTION
from clew.schema.identifiers import is_id
from clew.schema.severity import ERROR
from clew.search.nodes import And, Exists, Or, Range
from clew.store.protocols import Hit, LogStore, Question, Scope, Source
from clew.transaction.assembly import summarise
from clew.transaction.model import Line, Summary

NEWEST_LINES = 5000
"""Lines looked at: some hundred transactions, and half of what one Elasticsearch page may hold."""

NEWEST_ERRORS = 1000
"""Error lines looked at besides, so that a busy minute doesn't push a failure off the list."""

_WITH_ID = Or((Exists(TRACE), Exists(TRANSACTION)))
_FAILED = And((Range(SEVERITY, ERROR, None), _WITH_ID))


async def recent(
    store: LogStore,
    *,
    scope: Scope,
    deadline: Deadline,
    limit: int = 50,
    errors_first: bool = True,
) -> list[Summary]:
    """
    At most `limit` transactions, failed ones first (or not), the newest of each kind first.

    Raises what reads of a store raise: TimeoutError and TransientError.
    """
    hits: dict[str, Hit] = {}
    for query, most in ((_WITH_ID, NEWEST_LINES), (_FAILED, NEWEST_ERRORS)):
        question = Question(deadline, query, scope)
        page = await store.search(question, limit=most, newest_first=True)
        hits.update((hit.id, hit) for hit in page.hits)
    summaries = [summarise(key, lines) for key, lines in _groups(hits.values()).items()]
    summaries.sort(key=lambda each: each.end, reverse=True)  # nine digits each: text sorts as time
    if errors_first:
        summaries.sort(key=lambda each: each.errors == 0)
    return summaries[:limit]


def _groups(hits: Iterable[Hit]) -> dict[str, list[Line]]:
    """Lines by their business transaction, a trace's if any of its lines has one; else by trace."""
    lines = [
        Line(hit.id, hit.source, "direct", hit.collection is Collection.QUARANTINE) for hit in hits
    ]
    business: dict[str, str] = {}
    for line in lines:
        trace, transaction = _id(line.source, TRACE), _id(line.source, TRANSACTION)
        if trace is not None and transaction is not None:
            # A trace with two of them, which is rare, goes with the same one in every answer.
            business[trace] = min(transaction, business.get(trace, transaction))
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        trace = _id(line.source, TRACE)
        key = _id(line.source, TRANSACTION) or business.get(trace or "", trace)
        if key is not None:
            groups[key].append(line)
    return groups


def _id(source: Source, name: str) -> str | None:
    value = source.get(name)
    return value if is_id(value) else None
