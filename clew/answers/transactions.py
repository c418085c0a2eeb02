"""What happened to one ID: the closure over a store's documents, quarantined ones included."""

from __future__ import annotations

from clew.runtime.clock import Deadline
from clew.store.protocols import BOTH, LogStore, Question, Scope
from clew.transaction.assembly import assemble
from clew.transaction.closure import Closure
from clew.transaction.model import Transaction


async def transaction(
    store: LogStore, identifier: str, *, scope: Scope, deadline: Deadline
) -> Transaction:
    """
    Everything an ID leads to, of whatever age; without `lines` where it leads nowhere.

    Raises what reads of a store raise: TimeoutError and TransientError, never half an answer.
    """
    # Asked before the first look: what is acknowledged in between may be missing from it.
    visible_up_to = await store.visible_up_to()
    closure = Closure(identifier)
    while (wanted := closure.wanted()) is not None:
        question = Question(deadline, wanted, scope, collections=BOTH)
        closure.feed([hit async for hit in store.scan(question)])
    return assemble(closure, visible_up_to)
