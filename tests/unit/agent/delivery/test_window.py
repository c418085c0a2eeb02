"""How many batches are on the way, and how large: against a server in simulated time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.delivery.window import LEAST_BATCH_BYTES, REMEMBERED_BATCHES, Window
from tests.support.slow_server import SlowServer

FULL = 4 * 1024 * 1024


@pytest.fixture
def window() -> Window:
    return Window(8, FULL)


def take(window: Window, seconds: float = 0.1, batches: int = 1) -> None:
    """Batches that are answered well while all places are taken."""
    for _ in range(batches):
        window.in_flight = window.in_flight_limit
        window.answered(window.begin(), window.batch_bytes, seconds)
    window.in_flight = 0


def test_it_opens_by_one_in_a_round_up_to_its_bound(window: Window):
    limits = [window.in_flight_limit]
    for _ in range(12):
        take(window, batches=window.in_flight_limit)
        limits.append(window.in_flight_limit)
    assert all(after - before <= 1 for before, after in pairwise(limits))
    assert (limits[0], max(limits), limits[-1]) == (2, 8, 8)
    assert window.batch_bytes == FULL


def test_a_quiet_agent_does_not_open_it(window: Window):
    """One at a time says nothing of how many there could be."""
    for _ in range(100):
        window.in_flight = 1
        window.answered(window.begin(), 1000, 0.1)
    assert window.in_flight_limit == 2


def test_it_halves_once_in_a_round(window: Window):
    take(window, batches=100)
    together = [window.begin() for _ in range(8)]
    for sending in together:
        window.pushed_back(sending)
    window.answered(together[0], FULL, 0.1)
    assert window.in_flight_limit == 4


def test_batches_shrink_once_there_is_only_one_and_grow_before_there_are_more(window: Window):
    for _ in range(3):
        window.pushed_back(window.begin())
    assert (window.in_flight_limit, window.batch_bytes) == (1, FULL // 4)
    take(window, batches=6)
    assert (window.in_flight_limit, window.batch_bytes) == (1, FULL)
    take(window)
    assert (window.in_flight_limit, window.batch_bytes) == (2, FULL)


def test_it_never_closes(window: Window):
    for _ in range(50):
        window.ran_out_of_time(window.begin())
    assert (window.in_flight_limit, window.batch_bytes) == (1, LEAST_BATCH_BYTES)


def test_a_bound_below_the_least_is_kept():
    window = Window(1, 1000)
    window.pushed_back(window.begin())
    window.too_large(window.begin())
    assert (window.in_flight_limit, window.batch_bytes) == (1, 1000)


def test_what_was_too_large_is_remembered(window: Window):
    window.too_large(window.begin())
    assert window.batch_bytes == FULL // 2
    take(window, batches=REMEMBERED_BATCHES - 1)
    assert window.batch_bytes == FULL // 2
    take(window)
    assert window.batch_bytes == FULL


def test_slow_is_what_is_slow_for_its_size(window: Window):
    """Small batches are quick, and no measure for large ones."""
    take(window, batches=100)
    limit = window.in_flight_limit
    for _ in range(10):
        window.answered(window.begin(), 1000, 0.001)
    for _ in range(10):
        window.answered(window.begin(), 500_000, 2.0)
    assert window.in_flight_limit == limit
    window.answered(window.begin(), 500_000, 6.5)
    assert window.in_flight_limit == limit // 2


def test_what_is_slow_and_still_quick_enough_shrinks_nothing(window: Window):
    take(window, 0.001, batches=100)
    take(window, 0.9)
    assert window.in_flight_limit == 8


def test_a_store_that_is_slower_for_good_becomes_the_measure(window: Window):
    take(window, 1.0, batches=100)
    for _ in range(600):
        take(window, 4.0)
    assert window.in_flight_limit == 8


def test_it_finds_what_a_server_can_take_and_keeps_there(window: Window):
    """Two workers at 4 MB/s: nearly all of it is used, and hardly anything is refused."""
    server = SlowServer(window)
    server.run(120)
    assert server.goodput(20, 120) >= 0.9 * 2 * 4e6
    assert sum(server.refused.values()) <= 20


def test_a_storm_of_429_is_met_with_little_and_forgotten_soon(window: Window):
    """
    For a minute everything is turned away: the window falls to one small batch.

    In the minute after it, 80 % of what went through before goes through again.
    """
    server = SlowServer(window, storm=lambda now: 60 <= now < 120)
    server.run(240)
    plateau = server.goodput(20, 60)
    assert set(server.limits(70, 120)) == {1}, server.table()
    assert set(server.sizes(75, 120)) == {LEAST_BATCH_BYTES}, server.table()
    assert max(server.refused[second] for second in range(70, 120)) <= 1
    assert server.goodput(120, 180) >= 0.8 * plateau, server.table()
    assert server.goodput(180, 240) >= 0.9 * plateau, server.table()


def test_a_store_that_slows_down_is_used_as_far_as_it_goes(window: Window):
    """At a tenth of its pace fewer batches wait, all of it is used; and then all is as it was."""
    server = SlowServer(window, rate=lambda now: 4e5 if 60 <= now < 180 else 4e6)
    server.run(300)
    assert set(server.limits(110, 180)) == {2}
    assert server.goodput(80, 180) >= 0.8 * 2 * 4e5
    assert server.goodput(200, 300) >= 0.9 * server.goodput(20, 60)
