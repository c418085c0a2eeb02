"""What `clew up` says of processes that can't do their work, by a clock that is moved by hand."""

from __future__ import annotations

import pytest

from clew.cli.readiness import AGAIN_SECONDS, PATIENCE_SECONDS, Troubles
from clew.runtime.admin import NOT_YET_KNOWN
from tests.support.set_clock import SetClock

FULL = {"store": "no space left on the device"}
HELD = "lines wait in their files, the collector is not ready: no space left on the device"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def troubles(said: list[str], clock: SetClock) -> Troubles:
    return Troubles(said.append, clock)


def test_a_trouble_that_lasts_is_told_once_and_so_is_its_end(
    troubles: Troubles, said: list[str], clock: SetClock
):
    for _ in range(100):
        troubles.heard("collector", FULL)
        clock.advance(PATIENCE_SECONDS)
    assert said == [HELD]
    for _ in range(3):
        troubles.heard("collector", {})
    assert said == [HELD, "the collector is ready again"]


def test_a_trouble_that_changes_is_told_anew_and_one_that_stays_is_recalled(
    troubles: Troubles, said: list[str], clock: SetClock
):
    for reasons in (FULL, FULL, {"store": "read-only"}, {"store": "read-only"}):
        troubles.heard("collector", reasons)
        clock.advance(PATIENCE_SECONDS)
    clock.advance(AGAIN_SECONDS)
    troubles.heard("collector", {"store": "read-only"})
    assert [text.rpartition(": ")[2] for text in said] == [
        "no space left on the device",
        "read-only",
        "read-only (and 1 times before)",
    ]


@pytest.mark.parametrize("reasons", [FULL, {"looked": NOT_YET_KNOWN}])
def test_what_is_over_soon_and_what_is_not_known_is_not_told(
    troubles: Troubles, said: list[str], clock: SetClock, reasons: dict[str, str]
):
    """A collector that starts again, an agent that has not looked yet."""
    for _ in range(10):
        troubles.heard("agent", reasons)
        clock.advance(PATIENCE_SECONDS / 2)
        troubles.heard("agent", {} if reasons is FULL else reasons)
        clock.advance(PATIENCE_SECONDS)
    assert said == []
