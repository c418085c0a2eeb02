from __future__ import annotations

import pytest

from clew.schema.severity import ERROR, UNKNOWN, severity

LEVELS = {
    1: "trace TRACE Verbose FINEST silly 10 600 5000 T",
    5: "debug DEBUG 20 500 10000 7 D",
    6: "FINE",
    9: "info INFO Information informational 30 400 20000 6 I",
    10: "notice success 5",
    13: "warn WARN Warning 40 300 30000 4 W",
    17: "error ERROR SEVERE err 50 200 40000 3 E",
    18: "critical CRITICAL dpanic 2",
    19: "panic alert",
    21: "fatal FATAL emerg 60 100 F",
}


@pytest.mark.parametrize(
    ("level", "number"),
    [(level, number) for number, levels in LEVELS.items() for level in levels.split()],
)
def test_severity(level: str, number: int):
    """Words in any case and numbers of every family have OpenTelemetry's number."""
    assert severity(level) == number


@pytest.mark.parametrize("level", ["", "-", "loud", "35", "0", "1", "-1", "3.0", "999999", "٣"])
def test_unknown(level: str):
    """What no family of loggers has is not guessed at."""
    assert severity(level) == UNKNOWN


def test_padding_does_not_count():
    """ecs-logging for Java pads levels with spaces."""
    assert severity("ERROR ") == ERROR
