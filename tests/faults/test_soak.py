"""Rotation every 0.2 s and kill -9 every few seconds: no line is lost, and none is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.soaking import soak


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(9, marks=pytest.mark.timeout(240)),
        pytest.param(180, marks=[pytest.mark.timeout(900), pytest.mark.long]),
    ],
)
def test_nothing_is_lost_or_repeated(tmp_path: Path, seconds: int) -> None:
    """`make soak` prints the figures per million."""
    outcome = soak(tmp_path, seconds)
    assert (outcome.lost, outcome.repeated, outcome.wrong) == (0, 0, 0), str(outcome)
    assert outcome.kills >= seconds // 4
    assert outcome.rotations > seconds
