"""What is shed, delayed or ignored is counted in the metrics, and said."""

from __future__ import annotations

import logging

import pytest
from prometheus_client import REGISTRY

from agent import events
from agent.shedding.kinds import Kind
from agent.shedding.spans import ShedSpan


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(f"clew_agent_{name}", labels)
    assert found is not None, f"{name} is there from the start"
    return found


@pytest.mark.parametrize("kind", Kind)
def test_lines_and_bytes_are_counted_by_their_kind(kind: Kind):
    """The series are there before the first line is left out: a first increase shows."""
    lines, size = (value(f"shed_{unit}_total", kind=kind) for unit in ("lines", "bytes"))
    span = ShedSpan("shop_a_u/a/0", "/x", "r", kind, 1, 2, 3, 400)
    events.lines.lines_shed([span, span])
    assert value("shed_lines_total", kind=kind) == lines + 6
    assert value("shed_bytes_total", kind=kind) == size + 800


def test_how_many_rungs_are_in_force_is_shown_and_said(caplog: pytest.LogCaptureFixture):
    events.lines.rungs_changed(["debug", "info"])
    assert value("shed_rungs") == 2
    events.lines.rungs_changed([])
    assert value("shed_rungs") == 0
    assert [record.getMessage() for record in caplog.records] == [
        "lines are left out on purpose, the backlog is large: debug, info",
        "nothing is left out on purpose any more",
    ]


def test_seconds_of_waiting_for_a_rate_are_added_up():
    before = value("delayed_seconds_total")
    events.lines.reading_delayed(1.5)
    assert value("delayed_seconds_total") == before + 1.5


def test_annotations_that_are_ignored_are_named(caplog: pytest.LogCaptureFixture):
    before = value("annotation_problems_total")
    with caplog.at_level(logging.WARNING):
        events.pods.annotations_ignored("shop/cart-0", ["clew/dialect: it is empty"])
    assert value("annotation_problems_total") == before + 1
    assert "shop/cart-0: clew/dialect: it is empty" in caplog.text
