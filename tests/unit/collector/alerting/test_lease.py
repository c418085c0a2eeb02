from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from clew.store.embedded.state_store import EmbeddedStateStore
from collector.alerting.lease import LIFETIME_SECONDS, Lease
from tests.support.set_clock import SetClock


def with_two(tmp_path: Path, check: Callable[[Lease, Lease, SetClock], Awaitable[None]]) -> None:
    async def run() -> None:
        clock = SetClock()
        state = await EmbeddedStateStore.open(tmp_path, writable=True, clock=clock)
        try:
            await check(Lease(state, "one", clock), Lease(state, "two", clock), clock)
        finally:
            await state.close()

    asyncio.run(run())


def test_one_of_two_has_it(tmp_path):
    async def check(one: Lease, two: Lease, clock: SetClock) -> None:
        assert await one.keep()
        assert not await two.keep()
        assert (one.held, two.held) == (True, False)

    with_two(tmp_path, check)


def test_who_renews_it_keeps_it(tmp_path):
    async def check(one: Lease, two: Lease, clock: SetClock) -> None:
        for _ in range(10):
            assert await one.keep()
            clock.advance(LIFETIME_SECONDS / 2)
            assert not await two.keep()
        assert one.epoch == 1

    with_two(tmp_path, check)


def test_who_sleeps_loses_it_and_knows_without_asking(tmp_path):
    async def check(one: Lease, two: Lease, clock: SetClock) -> None:
        await one.keep()
        clock.advance(LIFETIME_SECONDS)
        assert not one.held
        assert await two.keep()
        assert not await one.keep()
        assert (two.held, two.epoch) == (True, 2)

    with_two(tmp_path, check)


def test_a_lease_that_is_let_go_is_free_at_once_and_every_change_of_hands_an_epoch(tmp_path):
    async def check(one: Lease, two: Lease, clock: SetClock) -> None:
        await one.keep()
        await one.release()
        assert not one.held
        assert await two.keep()
        await two.release()
        assert await one.keep()
        assert (one.epoch, two.epoch) == (3, 2)

    with_two(tmp_path, check)


def test_a_lease_that_is_renewed_late_is_still_ours_if_nobody_took_it(tmp_path):
    async def check(one: Lease, two: Lease, clock: SetClock) -> None:
        await one.keep()
        clock.advance(LIFETIME_SECONDS * 3)
        assert await one.keep()
        assert not await two.keep()
        assert one.epoch == 2

    with_two(tmp_path, check)
