"""Who prefers which collector, and how agents go and come back."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from agent.delivery.choice import RETURN_SECONDS, Choice, ranked
from tests.support.set_clock import SetClock

COLLECTORS = [f"http://collector:8421 at 10.0.0.{number}" for number in range(5)]
AGENTS = [f"node-{number}" for number in range(2000)]


def test_agents_spread_evenly():
    """Of 2,000 agents each of five collectors is the first choice of 400, within 20 %."""
    first = Counter(ranked(agent, COLLECTORS)[0] for agent in AGENTS)
    assert len(first) == 5
    assert all(320 < count < 480 for count in first.values())


def test_the_order_of_an_agent_depends_on_nothing_else():
    orders = {tuple(ranked("node-a", reversed(COLLECTORS))), tuple(ranked("node-a", COLLECTORS))}
    assert len(orders) == 1


def test_only_the_agents_of_a_collector_that_goes_move_and_they_spread():
    gone, *left = COLLECTORS
    second = Counter[str]()
    for agent in AGENTS:
        before, after = ranked(agent, COLLECTORS), ranked(agent, left)
        assert after == [each for each in before if each != gone]
        if before[0] == gone:
            second[after[0]] += 1
    assert len(second) == 4
    assert all(60 < count < 140 for count in second.values())


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_a_failover_is_at_once(clock: SetClock):
    choice: Choice[str] = Choice(clock)
    assert choice.choose(["a", "b", "c"], {"a", "b", "c"}) == "a"
    assert choice.choose(["a", "b", "c"], {"b", "c"}) == "b"
    assert choice.choose(["a", "b", "c"], {"c"}) == "c"
    assert choice.choose(["a", "b", "c"], set()) is None


def test_a_return_is_not_at_once(clock: SetClock):
    choice: Choice[str] = Choice(clock, chance=lambda: 0.5)
    choice.choose(["a", "b"], {"b"})
    assert choice.choose(["a", "b"], {"a", "b"}) == "b"
    clock.advance(RETURN_SECONDS - 1)
    assert choice.choose(["a", "b"], {"a", "b"}) == "b"
    clock.advance(1)
    assert choice.choose(["a", "b"], {"a", "b"}) == "a"


def test_agents_return_one_after_another():
    """
    Of 1,000 agents that were away for long, no second of the return sees more than 4 %.

    They do not wait for the moment either when the collector is back: a wait that ended before
    that began anew.
    """
    clock, random = SetClock(), Random(7)
    choices: list[Choice[str]] = [Choice(clock, chance=random.random) for _ in range(1000)]
    away = set(choices)
    for _ in range(600):
        for choice in choices:
            choice.choose(["a", "b"], {"b"})
        clock.advance(1)
    returned = []
    while away:
        back = {choice for choice in away if choice.choose(["a", "b"], {"a", "b"}) == "a"}
        returned.append(len(back))
        away -= back
        clock.advance(1)
    assert max(returned) <= 40
    assert len(returned) <= 2 * RETURN_SECONDS + 1


def test_one_that_goes_from_the_list_is_left(clock: SetClock):
    choice: Choice[str] = Choice(clock)
    choice.choose(["a", "b"], {"a", "b"})
    assert choice.choose(["b"], {"b"}) == "b"
