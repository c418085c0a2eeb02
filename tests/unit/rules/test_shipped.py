"""The rules that come with clew: what each fires on, and what it leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from clew.runtime.clock import Deadline
from clew.schema.sample import Sample, Scrape, pack_samples
from clew.wire.report import encode_report, report_key
from tests.support.alerting import Stage, stage
from tests.support.reports import report

SHIPPED = Path(__file__).parents[3] / "clew" / "rules" / "shipped"
Play = Callable[[Stage], Awaitable[None]]


@pytest.fixture
def played() -> Callable[[str, Play], None]:
    def played(file: str, play: Play) -> None:
        async def run() -> None:
            async with stage((SHIPPED / file).read_text()) as on:
                await play(on)

        asyncio.run(run())

    return played


def firing(on: Stage) -> dict[str, str]:
    """The alerts that fire, and what they say."""
    return {
        alert.labels["alertname"]: alert.annotations["summary"]
        for alert in on.alerts
        if alert.state.value == "firing"
    }


def test_errors_by_service(played):
    """More than 20 in five minutes, for a minute."""

    async def play(on: Stage) -> None:
        await on.log(20, service="stock")
        await on.log(21, service="payment")
        await on.after(15)
        assert firing(on) == {}
        await on.after(60)
        assert firing(on) == {"ErrorsByService": "payment logged 21 errors in 5 minutes"}
        await on.after(600)
        await on.after(300)
        assert firing(on) == {}

    played("services.yaml", play)


def test_warnings_are_no_errors(played):
    async def play(on: Stage) -> None:
        fields: dict[str, Any] = {"clew.severity": 13, "clew.transaction": "A-1"}
        await on.log(100, **fields)
        await on.after(15)
        await on.after(60)
        assert on.alerts == []

    played("services.yaml", play)


def test_failed_transactions(played):
    """Six of them, however many errors each has; nineteen errors of one are none of this."""

    async def play(on: Stage) -> None:
        await on.log(19, service="stock", **{"clew.transaction": "B-1"})
        for number in range(6):
            await on.log(2, service="payment", **{"clew.transaction": f"A-{number}"})
        await on.after(15)
        await on.after(60)
        assert firing(on) == {
            "FailedTransactions": "6 transactions met an error in payment within 5 minutes"
        }
        [alert] = on.alerts
        assert alert.labels["severity"] == "critical"
        assert "clew.transaction" in alert.evidence

    played("services.yaml", play)


def test_quarantined_lines(played):
    async def play(on: Stage) -> None:
        fields: dict[str, Any] = {"clew.reason": "too_long", "clew.severity": 0}
        await on.log(11, service="cart", **fields)
        await on.after(15)
        assert firing(on) == {
            "LinesQuarantined": "11 lines of cart were quarantined in 10 minutes: too_long"
        }

    played("services.yaml", play)


async def _behind(on: Stage, seconds: float) -> None:
    packed = pack_samples([Sample("clew_agent_behind_seconds", {}, seconds)])
    target = {"job": "clew-agent", "instance": "n1:8422", "node": "n1"}
    await on.series.write([Scrape(target, on.clock.now(), packed)], Deadline.after(60))


def test_an_agent_that_is_behind(played):
    """Two minutes behind for two minutes; one that catches up is none."""

    async def play(on: Stage) -> None:
        for seconds in (100, 130, 160, 190, 220, 250):
            await _behind(on, seconds)
            assert "AgentBehind" not in firing(on)
            await on.after(30)
        assert firing(on) == {"AgentBehind": "The agent at n1:8422 is 4m 10s behind"}
        await _behind(on, 0)
        await on.after(30)
        assert firing(on) == {}

    played("pipeline.yaml", play)


def test_an_agent_that_says_nothing_any_more(played):
    """Two minutes after its last report; one that ended in order is not missed."""

    async def play(on: Stage) -> None:
        for node, ended in (("n1", False), ("n2", True)):
            said = report(node, 0, time=on.clock.now(), ended=ended)
            await on.state.put_if(report_key(node, node), encode_report(said), version=None)
        await on.after(120)
        assert firing(on) == {}
        await on.after(30)
        assert firing(on) == {"AgentSilent": "The agent on n1 has said nothing for 2m 30s"}

    played("agents.yaml", play)
