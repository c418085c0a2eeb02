"""
What alerting keeps true through restarts, a store that is away, and Alertmanagers that are.

Lines are written now, rules are evaluated every 15 seconds, and time passes only when told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from clew.runtime.clock import Deadline
from clew.schema.sample import Sample, Scrape, pack_samples
from clew.schema.timestamps import SECOND, format_rfc3339
from clew.store.protocols import Question
from collector.alerting import group
from collector.alerting.group import RecordChangedError
from tests.support.alerting import Stage, stage
from tests.support.documents import NOON

RULES = """
groups:
  - name: shop
    rules:
      - alert: Fails
        log: {query: level>=error, window: 1m, more_than: 2, by: [service]}
        labels: {severity: page}
        annotations: {summary: "{{ $labels.service_name }}: {{ $value }} errors"}
"""
PATIENT = RULES.replace("labels:", "for: 1m\n        keep_firing_for: 1m\n        labels:")
Play = Callable[[Stage], Awaitable[None]]


@pytest.fixture
def played() -> Callable[..., None]:
    def played(play: Play, rules: str = RULES, alertmanagers: int = 1) -> None:
        async def run() -> None:
            async with stage(rules, alertmanagers=alertmanagers) as on:
                await play(on)

        asyncio.run(run())

    return played


def test_more_lines_than_allowed_are_an_alert_and_the_alertmanager_is_told(played):
    async def play(on: Stage) -> None:
        await on.log(3, service="pay")
        await on.log(2, service="stock")
        await on.after(15)
        assert on.states == {("Fails", "pay"): "firing"}
        [alert] = on.received
        assert alert["labels"] == {
            "alertname": "Fails",
            "severity": "page",
            "service_name": "pay",
        }
        assert alert["annotations"] == {"summary": "pay: 3 errors"}
        assert alert["startsAt"] == format_rfc3339(NOON + 15 * SECOND)
        assert alert["endsAt"] == format_rfc3339(NOON + (15 + 240) * SECOND)
        assert alert["generatorURL"].startswith("http://clew.example/search?query=%28level")

    played(play)


def test_it_is_told_again_every_minute_and_told_when_it_is_over(played):
    async def play(on: Stage) -> None:
        for _ in range(5):
            await on.log(3)
            await on.after(15)
        assert len(on.received) == 2
        for _ in range(5):
            await on.after(15)
        assert on.states == {("Fails", "pay"): "resolved"}
        assert on.received[-1]["endsAt"] == format_rfc3339(NOON + 120 * SECOND)
        assert len({alert["startsAt"] for alert in on.received}) == 1

    played(play)


def test_a_restart_neither_forgets_what_is_pending_nor_what_fires(played):
    """`for` and `keep_firing_for` go on from where they were, however short they are."""

    async def play(on: Stage) -> None:
        for number in range(4):
            await on.log(3)
            await on.after(15)
            on.start(f"collector-{number}")
            assert on.received == []
        await on.log(3)
        await on.after(15)
        [alert] = on.received
        for number in range(6):
            on.start(f"again-{number}")
            await on.after(15)
        assert on.states == {("Fails", "pay"): "firing"}
        assert {each["startsAt"] for each in on.received} == {alert["startsAt"]}

    played(play, PATIENT)


def test_a_restart_does_not_repeat(played):
    """Who was told before is told again when it is time to, and not because of a restart."""

    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        assert len(on.received) == 1
        await on.lease.release()
        on.start("two")
        await on.after(1)
        assert on.states == {("Fails", "pay"): "firing"}
        assert len(on.received) == 1

    played(play)


def test_moments_that_passed_while_nobody_ran_are_caught_up_with(played):
    """Errors that came and went meanwhile have been an alert, which is resolved by now."""

    async def play(on: Stage) -> None:
        await on.after(15)
        await on.lease.release()
        on.clock.advance(60)
        await on.log(3)
        on.clock.advance(300)
        on.start("two")
        await on.after(0)
        [alert] = on.alerts
        assert alert.state.value == "resolved"
        assert (alert.fired_at, alert.resolved_at) == (NOON + 75 * SECOND, NOON + 135 * SECOND)

    played(play)


def test_what_is_too_long_ago_to_catch_up_with_is_counted(played):
    async def play(on: Stage) -> None:
        await on.after(15)
        await on.after(15 * 300)
        record = on.runners[0].record
        assert (record.missed, record.watermark) == (60, NOON + 15 * 301 * SECOND)

    played(play)


def test_what_was_missed_is_counted_once_however_long_the_store_is_away(played):
    async def play(on: Stage) -> None:
        await on.after(15)
        on.clock.advance(15 * 299)
        with on.store_away():
            for _ in range(3):
                await on.after(1)
        assert on.runners[0].record.missed == 59

    played(play)


def test_a_clock_that_was_wrong_for_a_while_stops_nothing_for_good(played):
    """It was a day ahead, and has been mended since: neither the lease nor the watermark holds."""

    async def play(on: Stage) -> None:
        on.clock.advance(86_400)
        await on.after(15)
        on.clock.advance(-86_400)
        on.start("two")
        await on.log(3)
        await on.after(15)
        assert on.states == {("Fails", "pay"): "firing"}

    played(play)


def test_a_rule_without_a_limit_has_a_thousand_alerts_at_most(played, monkeypatch):
    async def play(on: Stage) -> None:
        for service in ("a", "b", "c", "d"):
            await on.log(3, service=service)
        await on.after(15)
        assert len(on.alerts) == 3
        assert on.runners[0].record.rules[0].cut == 1

    monkeypatch.setattr(group, "MOST_ALERTS", 3)
    played(play)


def test_a_store_that_is_away_resolves_nothing_and_what_fires_is_told_on(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        with on.store_away():
            for _ in range(8):
                await on.after(15)
            assert on.states == {("Fails", "pay"): "firing"}
            assert on.runners[0].record.held == "the store is away"
            assert len(on.received) == 3
        await on.after(15)
        assert on.states == {("Fails", "pay"): "resolved"}
        assert on.runners[0].record.held == ""

    played(play)


def test_an_alertmanager_that_is_away_is_told_later_and_holds_up_no_other(played):
    async def play(on: Stage) -> None:
        away, there = on.peers
        away.status = 503
        await on.log(3)
        await on.after(15)
        assert (len(away.received), len(there.received)) == (0, 1)
        away.status = 200
        await on.after(1)
        assert (len(away.received), len(there.received)) == (1, 1)

    played(play, alertmanagers=2)


def test_an_alertmanager_that_dislikes_an_alert_is_not_asked_again_at_once(played):
    """400 means that it has taken all others."""

    async def play(on: Stage) -> None:
        on.peers[0].status = 400
        await on.log(3)
        await on.after(15)
        await on.after(1)
        assert len(on.received) == 1

    played(play)


def test_without_the_lease_nothing_is_evaluated(played):
    async def play(on: Stage) -> None:
        other = on.lease
        await on.after(15)
        on.start("two")
        await on.log(3)
        await other.keep()
        on.clock.advance(14)
        await on.after(0)
        assert (on.alerts, on.received) == ([], [])

    played(play)


def test_who_lost_the_lease_in_its_sleep_overwrites_nothing(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        asleep, runner, lease = on.alerting, on.runners[0], on.lease
        on.clock.advance(60)
        on.start("two")
        await on.after(0)
        after = await on.state.get("alerting/groups/rules.yaml;shop")
        on.clock.advance(5)
        with suppress(RecordChangedError):
            await runner.evaluate()
        assert await on.state.get("alerting/groups/rules.yaml;shop") == after
        await lease.keep()
        await asleep.evaluate(runner)
        assert runner.alerts == []

    played(play)


def test_a_rule_that_was_changed_begins_anew_and_its_neighbour_goes_on(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        fired_at = on.alerts[0].fired_at
        on.rules += """
      - alert: Other
        log: {query: level>=error, window: 1m}
"""
        await on.lease.release()
        on.start("two")
        await on.after(15)
        assert on.states == {("Fails", "pay"): "firing", ("Other", ""): "firing"}
        assert on.alerts[0].fired_at == fired_at

    played(play)


def test_alerts_beyond_the_limit_are_left_out_and_counted_and_none_is_resolved_by_it(played):
    async def play(on: Stage) -> None:
        for service in ("b", "c"):
            await on.log(3, service=service)
        await on.after(15)
        await on.log(9, service="a")
        await on.after(15)
        assert on.states == {("Fails", "b"): "firing", ("Fails", "c"): "firing"}
        assert on.runners[0].record.rules[0].cut == 1

    played(play, RULES.replace("rules:", "limit: 2\n    rules:", 1))


def test_a_rule_that_fails_leaves_its_alerts_and_its_neighbours_alone(played):
    """Two results with the same labels are nobody's alert; the page says so."""

    async def play(on: Stage) -> None:
        await on.log(3, service="a")
        await on.log(3, service="b")
        await on.after(15)
        same, other = on.runners[0].record.rules
        assert same.error == "two results have the same labels"
        assert same.alerts == []
        assert len(other.alerts) == 1

    same = (
        RULES.replace("severity: page", "service_name: same").rstrip()
        + """
      - alert: Other
        log: {query: level>=error, window: 1m}
"""
    )
    played(play, same)


def test_quarantined_lines_are_counted_too(played):
    async def play(on: Stage) -> None:
        await on.log(3, **{"clew.reason": "too_long"})
        await on.after(15)
        assert on.states == {("Quarantined", "pay"): "firing"}

    played(
        play,
        """
groups:
  - name: shop
    rules:
      - alert: Quarantined
        log: {query: "_exists_:clew.reason", window: 1m, by: [service]}
""",
    )


def test_a_store_that_refuses_holds_the_group_as_one_that_is_away(played):
    """A revoked privilege resolves nothing, and what fires is told on."""

    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        on.logs.locked = True
        for _ in range(8):
            await on.after(15)
        assert on.states == {("Fails", "pay"): "firing"}
        assert on.runners[0].record.held == "no privilege"
        assert len(on.received) == 3

    played(play)


def test_what_fires_is_told_on_while_the_lease_can_t_be_renewed(played):
    """The state can't be reached either: then nobody else can have taken over."""

    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        on.state.broken = True
        for _ in range(8):
            await on.after(15)
        assert not on.lease.held
        assert len(on.received) == 3
        on.state.broken = False
        await on.after(15)
        assert on.states == {("Fails", "pay"): "resolved"}

    played(play)


def test_an_infinite_value_survives_a_restart(played):
    """The share of errors of no requests is one."""

    async def scrape(on: Stage) -> None:
        packed = pack_samples([Sample("errors", {}, 1.0), Sample("requests", {}, 0.0)])
        scrape = Scrape({"job": "shop"}, on.clock.now(), packed)
        await on.series.write([scrape], Deadline.after(60))

    async def play(on: Stage) -> None:
        await scrape(on)
        await on.after(15)
        fired_at = on.alerts[0].fired_at
        await on.lease.release()
        on.start("two")
        await on.after(15)
        [alert] = on.alerts
        assert (alert.value, alert.fired_at) == (float("inf"), fired_at)
        assert alert.annotations == {"summary": "+Inf, +Inf"}

    played(
        play,
        """
groups:
  - name: shop
    rules:
      - alert: Share
        expr: errors / requests > 0.05
        annotations: {summary: '{{ $value }}, {{ printf "%d" $value }}'}
""",
    )


def test_who_mends_an_annotation_has_the_same_alert(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        fired_at = on.alerts[0].fired_at
        on.rules = on.rules.replace("errors", "mistakes")
        on.rules = on.rules.replace("labels:", "for: 1h\n        labels:")
        await on.lease.release()
        on.start("two")
        await on.after(15)
        assert (on.alerts[0].state.value, on.alerts[0].fired_at) == ("firing", fired_at)
        assert on.alerts[0].annotations == {"summary": "pay: 3 mistakes"}

    played(play)


def test_the_end_is_told_at_once_also_right_after_it_was_told_to_go_on(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        with on.store_away():
            await on.after(60)
        await on.after(1)
        assert [each["endsAt"] for each in on.received][-1] == format_rfc3339(NOON + 60 * SECOND)

    played(play)


def test_the_record_of_a_group_that_is_no_more_goes(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)
        await on.lease.release()
        on.rules = on.rules.replace("name: shop", "name: other")
        on.start("two")
        await on.after(15)
        await on.alerting.clear()
        on.clock.advance(1)
        assert await on.state.keys("alerting/groups/") == ["alerting/groups/rules.yaml;other"]

    played(play)


def test_a_rule_that_takes_too_long_keeps_its_alerts_and_holds_up_no_other(played):
    async def play(on: Stage) -> None:
        await on.log(3)
        await on.after(15)

        async def slow(question: Question) -> int:
            raise TimeoutError

        count, on.logs.count = on.logs.count, slow  # type: ignore[method-assign]
        await on.after(15)
        same, other = on.runners[0].record.rules
        assert same.error == other.error == "it took longer than 30 s"
        assert on.states == {("Fails", "pay"): "firing", ("Other", ""): "firing"}
        on.logs.count = count  # type: ignore[method-assign]
        await on.after(15)
        assert on.runners[0].record.watermark == NOON + 45 * SECOND
        assert on.runners[0].record.rules[0].error == ""

    played(
        play,
        RULES.rstrip()
        + """
      - alert: Other
        log: {query: level>=error, window: 1m}
""",
    )
