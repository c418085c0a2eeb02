"""
Which store this is.

An agent remembers how far its files are stored, and that is true of one store only. Where a
collector writes to another one, everything has to be sent again.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

from clew.runtime.backoff import Backoff
from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.store.protocols import StateStore

_KEY = "store/identity"


async def get_identity(state: StateStore, patience_seconds: float = 60.0) -> str:
    """
    The name that a store was given when it was first opened.

    Waits so long for a store that can't be asked yet: an index that another collector has just made
    takes a moment. Raises as `state` does.
    """
    patience, backoff = Deadline.after(patience_seconds), Backoff(most_seconds=2.0)
    while True:
        try:
            return await _get_or_give(state)
        except (TransientError, TimeoutError):
            if patience.passed():
                raise
        await asyncio.sleep(backoff.next())


async def _get_or_give(state: StateStore) -> str:
    while True:
        known = await state.get(_KEY)
        if known is None:  # whoever is first names it, and all others find that name
            known = await state.put_if(_KEY, uuid4().hex.encode(), version=None)
        if known is not None:
            return known.value.decode()
