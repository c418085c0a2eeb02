"""
Which store this is.

An agent remembers how far its files are stored, and that is true of one store only. Where a
collector writes to another one, everything has to be sent again.
"""

from __future__ import annotations

from uuid import uuid4

from clew.store.protocols import StateStore

_KEY = "store/identity"


async def get_identity(state: StateStore) -> str:
    """The name that a store was given when it was first opened. Raises as `state` does."""
    while True:
        known = await state.get(_KEY)
        if known is None:  # whoever is first names it, and all others find that name
            known = await state.put_if(_KEY, uuid4().hex.encode(), version=None)
        if known is not None:
            return known.value.decode()
