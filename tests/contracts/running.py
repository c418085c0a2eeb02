"""How a contract is run: a check is a coroutine over one empty store, made anew for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from clew.runtime.clock import SYSTEM_CLOCK, Deadline
from clew.schema.document import Document
from clew.search.nodes import Everything, Node
from clew.store.protocols import BOTH, LogStore, Outcome, Question

Suite = TypeVar("Suite")

MakeLogStore = Callable[[], Awaitable[LogStore]]
"""Makes an empty store in the running loop: what the fixture `make` of an implementation gives."""


def on_a_store(
    check: Callable[[Suite, LogStore], Coroutine[Any, Any, None]],
) -> Callable[[Suite, MakeLogStore], None]:
    """Turn a check into a test that asks for the fixture `make`."""

    def test(self: Suite, make: MakeLogStore) -> None:
        asyncio.run(_run(make, lambda store: check(self, store)))

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


async def _run(make: MakeLogStore, check: Callable[[LogStore], Awaitable[None]]) -> None:
    store = await make()
    try:
        await check(store)
    finally:
        await store.close()


def patience() -> Deadline:
    """A deadline that only a store that hangs will meet."""
    return Deadline.after(60)


def ask(query: Node | None = None, **bounds: Any) -> Question:
    """A question with a patient deadline, of both collections unless it says otherwise."""
    bounds.setdefault("collections", BOTH)
    return Question(patience(), Everything() if query is None else query, **bounds)


async def put(store: LogStore, *documents: Document) -> None:
    """Store new documents, and wait until every search finds them."""
    for result in await store.write(documents, patience()):
        assert result.outcome is Outcome.CREATED, result
    await until_visible(store)


async def until_visible(store: LogStore) -> None:
    """Wait until what has been acknowledged so far is found."""
    acknowledged = SYSTEM_CLOCK.now()
    async with asyncio.timeout(30):
        while await store.visible_up_to() <= acknowledged:  # noqa: ASYNC110  # a server has no events
            await asyncio.sleep(0.01)


async def found(store: LogStore, query: Node, **bounds: Any) -> set[str]:
    """IDs of everything that matches."""
    return {hit.id async for hit in store.scan(ask(query, **bounds))}
