"""What a look at the configuration files means."""

from __future__ import annotations

import logging

import pytest

from clew.runtime.config import Section
from clew.runtime.config_source import Configuration, Refusal
from clew.runtime.errors import ConfigError, Problem
from clew.runtime.reloading import Judge
from tests.support.documents import NOON
from tests.support.reload_metrics import Counted, metric, successful
from tests.support.set_clock import SetClock


class Lamp(Section):
    watts: int = 40


def found(watts: int, text: bytes = b"") -> Configuration[Lamp]:
    return Configuration(Lamp(watts=watts), {}, b"%d%s" % (watts, text))


def refused(why: str) -> Refusal:
    return Refusal(ConfigError([Problem("agent.watts", why)]), why.encode())


def test_a_change_is_taken_when_it_was_seen_twice():
    """What is being written at this moment looks otherwise the next time."""
    judge = Judge(found(40))
    assert judge.judge(found(6), asked=False) is None
    assert judge.judge(found(60), asked=False) is None
    assert judge.judge(found(60), asked=False) == found(60)


def test_who_asks_need_not_wait():
    assert Judge(found(40)).judge(found(60), asked=True) == found(60)


def test_a_change_that_was_taken_back_is_none():
    judge, counted = Judge(found(40)), Counted()
    for seen in (found(40), found(60), found(40), found(40)):
        assert judge.judge(seen, asked=False) is None
    assert counted() == {}


def test_a_mistake_is_told_once_and_the_metric_says_so(caplog: pytest.LogCaptureFixture):
    """However often it is looked at; another mistake is told again."""
    judge, counted = Judge(found(40)), Counted()
    with caplog.at_level(logging.WARNING):
        for why in (*["too bright"] * 5, *["too dark"] * 5):
            seen = refused(why)
            assert judge.judge(seen, asked=False) is None
    said = [record.message for record in caplog.records]
    assert len(said) == 2
    assert "the old one stays" in said[0]
    assert "agent.watts: too bright" in said[0]
    assert successful() == 0
    assert counted() == {"refused": 2}


def test_when_the_mistake_is_taken_back_all_is_well_again():
    """Nothing is started anew for that: what stands there is in force."""
    clock = SetClock()
    judge = Judge(found(40), clock)
    for _ in range(2):
        assert judge.judge(refused("too bright"), asked=False) is None
    for _ in range(2):
        assert judge.judge(found(40), asked=False) is None
    assert successful() == 1
    assert metric("last_reload_success_timestamp_seconds") == NOON / 1e9


def test_other_words_for_the_same_are_no_reload():
    judge, counted = Judge(found(40)), Counted()
    for _ in range(3):
        assert judge.judge(found(40, b" # forty"), asked=False) is None
    assert counted() == {"unchanged": 1}


def test_what_could_not_be_started_is_tried_again_only_when_somebody_asks():
    """By then the store may be there; by itself it would go back and forth for ever."""
    judge = Judge(found(40))
    assert judge.judge(found(60), asked=True) == found(60)
    for _ in range(3):  # still in force: 40, since the process went back
        assert judge.judge(found(60), asked=False) is None
    assert judge.judge(found(60), asked=True) == found(60)
