"""Rate limits: how much may be read of whom, and how long they were kept waiting."""

from __future__ import annotations

from sys import maxsize
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.shedding.config import RateLimitsConfig
from agent.shedding.limits import LEAST_BYTES, Limits
from agent.shedding.rates import Rate, parse_rate

KIB = 1024


def limits(*rules: dict[str, Any], burst: str = "1s", seen: list[float] | None = None) -> Limits:
    config = RateLimitsConfig.model_validate({"rules": rules, "burst": burst})
    return Limits(config, ([] if seen is None else seen).append)


def test_without_a_rule_there_is_no_limit():
    free = limits()
    free.follow("a", "shop", 0.0)
    free.took("a", 10**9, 10**12)
    assert free.room("a", 0.0) == maxsize
    assert free.due_seconds("a", 0.0) == 0.0


def test_what_is_above_the_rate_waits():
    """After its burst is used up there is room again at the pace of the rate."""
    found = limits({"bytes_per_second": "64KiB"})
    found.follow("a", "shop", 0.0)
    assert found.room("a", 0.0) == 64 * KIB
    found.took("a", 10, 64 * KIB)
    assert found.room("a", 0.0) == 0
    assert found.room("a", 0.75) == 48 * KIB
    assert found.room("a", 60.0) == 64 * KIB


def test_what_was_read_beyond_the_room_is_owed():
    found = limits({"bytes_per_second": "64KiB"})
    found.follow("a", "shop", 0.0)
    found.took("a", 1, 5 * 64 * KIB)
    assert found.room("a", 3.9) == 0
    assert found.due_seconds("a", 3.0) == pytest.approx(1.0, abs=0.001)
    assert found.room("a", 4.1) == LEAST_BYTES


def test_a_limit_in_lines_learns_how_long_lines_are():
    found = limits({"lines_per_second": 1000})
    found.follow("a", "shop", 0.0)
    for now in range(50):
        found.room("a", float(now))
        found.took("a", 1000, 1000 * 4 * KIB)
    assert found.room("a", 51.0) == pytest.approx(1000 * 4 * KIB, rel=0.01)


def test_each_container_has_a_rate_of_its_own():
    found = limits({"bytes_per_second": "64KiB"})
    for name in ("noisy", "quiet"):
        found.follow(name, "shop", 0.0)
    found.took("noisy", 1, 10**9)
    assert (found.room("noisy", 1.0), found.room("quiet", 1.0)) == (0, 64 * KIB)


def test_the_first_rule_of_a_namespace_holds():
    """One without figures sets no limit."""
    found = limits({"namespaces": ["pay"]}, {"namespaces": ["*"], "bytes_per_second": "64KiB"})
    found.follow("a", "pay", 0.0)
    found.follow("b", "shop", 0.0)
    assert (found.room("a", 0.0), found.room("b", 0.0)) == (maxsize, 64 * KIB)


def test_a_pod_may_hold_itself_back_and_not_lift_its_limit():
    found = limits({"bytes_per_second": "64KiB"})
    found.follow("a", "shop", 0.0, Rate(bytes=1024 * KIB))
    found.follow("b", "shop", 0.0, Rate(bytes=48 * KIB))
    assert (found.room("a", 0.0), found.room("b", 0.0)) == (64 * KIB, 48 * KIB)


def test_seconds_of_waiting_are_counted_up_to_when_there_was_room():
    """Not for as long as nobody asked again."""
    seen: list[float] = []
    found = limits({"bytes_per_second": "64KiB"}, seen=seen)
    found.follow("a", "shop", 0.0)
    found.took("a", 1, 2 * 64 * KIB)
    assert found.room("a", 0.0) == 0
    assert found.room("a", 0.5) == 0
    assert found.room("a", 100.0) > 0
    assert found.delays() == {"a": pytest.approx(1.0, abs=0.001)}
    assert sum(seen) == pytest.approx(1.0, abs=0.001)


def test_a_changed_rate_begins_anew_and_keeps_the_count():
    found = limits({"bytes_per_second": "64KiB"})
    found.follow("a", "shop", 0.0)
    found.took("a", 1, 2 * 64 * KIB)
    found.room("a", 0.0)
    found.room("a", 2.0)
    found.follow("a", "shop", 2.0, Rate(bytes=48 * KIB))
    assert found.room("a", 2.0) == 48 * KIB
    assert found.delays()["a"] > 0.9
    found.keep(set())
    assert found.room("a", 2.0) == maxsize
    assert found.delays() == {}


@given(
    st.integers(1, 10_000_000),
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 100_000)), max_size=60),
)
def test_over_any_time_no_more_is_read_than_rate_and_burst_allow(
    rate: int, steps: list[tuple[float, int]]
):
    """But for what the last reading took beyond its room: at most its room and one line."""
    found = limits({"bytes_per_second": rate}, burst="2s")
    found.follow("a", "shop", 0.0)
    now, total, most = 0.0, 0, 0
    for pause, line in steps:
        now += pause
        room = found.room("a", now)
        if room:
            taken = room + line
            found.took("a", 1, taken)
            total += taken
            most = max(most, LEAST_BYTES + line)
    assert total <= rate * (now + 2) + most + 1


def test_rates_as_an_annotation_states_them():
    assert parse_rate("1000") == Rate(lines=1000.0)
    assert parse_rate("0.5") == Rate(lines=0.5)
    assert parse_rate("1MiB") == Rate(bytes=1024 * KIB)
    assert parse_rate("64 kB") == Rate(bytes=64_000)
    for text in ("0", "-1", "", "fast", "1MiB/s", "1e3", "9999999999"):
        with pytest.raises(ValueError, match="lines per second"):
            parse_rate(text)
