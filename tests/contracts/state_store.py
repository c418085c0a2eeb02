"""
The contract of a StateStore, for every implementation.

A test module subclasses `StateStoreContract` and gives it a fixture `make_state`: called with a
clock, it makes a store in the running loop, each time over the same keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from clew.runtime.clock import Clock
from clew.store.protocols import State, StateStore
from tests.support.set_clock import SetClock

Suite = TypeVar("Suite")
MakeStateStore = Callable[[Clock], Awaitable[StateStore]]
Check = Callable[[Suite, StateStore, SetClock], Coroutine[Any, Any, None]]


def on_a_state_store(check: Check[Suite]) -> Callable[[Suite, MakeStateStore], None]:
    """Turn a check of an empty store into a test that asks for the fixture `make_state`."""

    async def run(self: Suite, make_state: MakeStateStore) -> None:
        clock = SetClock()
        store = await make_state(clock)
        try:
            await check(self, store, clock)
        finally:
            await store.close()

    def test(self: Suite, make_state: MakeStateStore) -> None:
        asyncio.run(run(self, make_state))

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


async def put(
    store: StateStore, key: str, value: bytes, version: str | None = None, **lifetime: float
) -> State:
    state = await store.put_if(key, value, version=version, **lifetime)
    assert state is not None
    return state


class StateStoreContract:
    @pytest.fixture
    def make_state(self) -> MakeStateStore:
        raise NotImplementedError("an implementation's tests say how a store is made")

    @on_a_state_store
    async def test_a_value_comes_back_with_its_version(self, store, clock):
        """What was put is got, byte for byte, under any key; an unknown key has no value."""
        for key in ("lease/ruler", "a b", "ünï/код", "x" * 400):
            state = await put(store, key, b"\0\xff value")
            assert state.value == b"\0\xff value"
            assert await store.get(key) == state
        assert await store.get("lease") is None

    @on_a_state_store
    async def test_only_the_named_version_is_replaced(self, store, clock):
        """A put that names an older version, or none, changes nothing."""
        first = await put(store, "key", b"1")
        second = await put(store, "key", b"2", first.version)
        assert second.version != first.version
        assert await store.put_if("key", b"3", version=first.version) is None
        assert await store.put_if("key", b"3", version=None) is None
        assert await store.get("key") == second

    @on_a_state_store
    async def test_a_version_of_nothing_is_not_met(self, store, clock):
        """A put that names a version where there is no value is too late."""
        assert await store.put_if("key", b"1", version="7") is None
        assert await store.get("key") is None

    @on_a_state_store
    async def test_an_expired_value_counts_as_none(self, store, clock):
        """From the end of its lifetime a value is not got, not listed, and can be put anew."""
        state = await put(store, "lease", b"mine", lifetime_seconds=10)
        clock.advance(9.9)
        assert await store.get("lease") == state
        assert await store.put_if("lease", b"yours", version=None) is None
        clock.advance(0.1)
        assert await store.get("lease") is None
        assert await store.keys("lease") == []
        assert await store.put_if("lease", b"mine", version=state.version) is None
        renewed = await put(store, "lease", b"yours")
        assert renewed.version != state.version
        clock.advance(1e6)
        assert await store.get("lease") == renewed

    @on_a_state_store
    async def test_a_replacement_brings_its_own_lifetime(self, store, clock):
        """Renewing a value before it expires lets it live from then on."""
        state = await put(store, "lease", b"mine", lifetime_seconds=10)
        clock.advance(9)
        await put(store, "lease", b"mine", state.version, lifetime_seconds=10)
        clock.advance(9)
        assert await store.get("lease") is not None
        clock.advance(1)
        assert await store.get("lease") is None

    @on_a_state_store
    async def test_keys_are_listed_by_prefix_in_order(self, store, clock):
        """Exactly the live keys that begin with the prefix; `%`, `_` and `*` mean themselves."""
        for key in ("b/2", "b/10", "a/1", "b", "b_1", "b%1", "B/3", "b*"):
            await put(store, key, b"")
        assert await store.keys("b/") == ["b/10", "b/2"]
        assert await store.keys("b_") == ["b_1"]
        assert await store.keys("b%") == ["b%1"]
        assert await store.keys("b*") == ["b*"]
        assert await store.keys("") == ["B/3", "a/1", "b", "b%1", "b*", "b/10", "b/2", "b_1"]
        assert await store.keys("c") == []

    @on_a_state_store
    async def test_one_of_many_wins(self, store, clock):
        """Of several who put at once, one gets the new state and the others None."""
        claims = await asyncio.gather(
            *(store.put_if("lease", b"%d" % n, version=None) for n in range(8))
        )
        (won,) = [state for state in claims if state is not None]
        assert await store.get("lease") == won

    def test_two_stores_over_the_same_keys_see_each_other(self, make_state):
        """What one process has put, another gets, lists and must name the version of."""

        async def check() -> None:
            clock = SetClock()
            ours, theirs = await make_state(clock), await make_state(clock)
            state = await put(ours, "key", b"ours")
            assert await theirs.get("key") == state
            await put(theirs, "key", b"theirs", state.version)
            assert await ours.put_if("key", b"late", version=state.version) is None
            assert await ours.keys("k") == ["key"]
            await ours.close()
            await theirs.close()

        asyncio.run(check())
