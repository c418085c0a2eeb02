"""Alerts from one evaluation to the next; times are in seconds, evaluations every 15."""

from __future__ import annotations

import pytest

from clew.rules.states import (
    Alert,
    AlertState,
    DuplicateLabelsError,
    Found,
    Patience,
    advance,
    ends_at,
    is_due,
)
from clew.schema.timestamps import SECOND

NO_PATIENCE = Patience(0, 0)
AM = "http://am:9093"


def found(value: float = 1.0, **labels: str) -> Found:
    return Found({"alertname": "A"} | labels, {"summary": f"{value}"}, value, "/why")


def run(patience: Patience, *results: int) -> list[list[Alert]]:
    """The alerts after each evaluation; 1 is one with a result, 0 one without."""
    alerts: list[Alert] = []
    history = []
    for number, there in enumerate(results):
        alerts = advance(alerts, [found()] * there, patience, (number + 1) * 15 * SECOND)
        history.append(alerts)
    return history


def states(history: list[list[Alert]]) -> list[str]:
    return [alerts[0].state.value if alerts else "-" for alerts in history]


def test_without_for_an_alert_fires_at_once():
    [alerts] = run(NO_PATIENCE, 1)
    assert alerts == [
        Alert(
            {"alertname": "A"},
            {"summary": "1.0"},
            1.0,
            15 * SECOND,
            AlertState.FIRING,
            15 * SECOND,
            evidence="/why",
        )
    ]


def test_with_for_it_is_pending_until_it_has_lasted():
    history = run(Patience(30 * SECOND, 0), 1, 1, 1, 1)
    assert states(history) == ["pending", "pending", "firing", "firing"]
    assert (history[-1][0].active_at, history[-1][0].fired_at) == (15 * SECOND, 45 * SECOND)


def test_what_was_pending_begins_anew_after_a_pause():
    assert states(run(Patience(30 * SECOND, 0), 1, 1, 0, 1, 1)) == [
        *("pending", "pending", "-", "pending", "pending")
    ]


def test_what_fired_resolves_without_a_result_and_is_kept_until_somebody_may_have_heard():
    """An hour where nobody was told, and a quarter of an hour where somebody was."""
    history = run(NO_PATIENCE, 1, *[0] * 242)
    assert states(history)[:3] == ["firing", "resolved", "resolved"]
    assert history[1][0].resolved_at == 30 * SECOND
    assert states(history)[-2:] == ["resolved", "-"]
    told = history[1]
    told[0].sent[AM] = 31 * SECOND
    assert advance(told, [], NO_PATIENCE, (30 + 900) * SECOND) == told
    assert advance(told, [], NO_PATIENCE, (30 + 901) * SECOND) == []


def test_it_fires_on_while_keep_firing_for_lasts():
    history = run(Patience(0, 30 * SECOND), 1, 0, 0, 1, 0, 0, 0)
    assert states(history) == [*["firing"] * 6, "resolved"]


def test_what_comes_back_is_a_new_alert():
    history = run(NO_PATIENCE, 1, 0, 1)
    assert history[2][0].fired_at == 45 * SECOND
    assert history[2][0].resolved_at == 0
    assert history[2][0].sent == {}


def test_value_and_annotations_follow_the_last_result_and_its_beginning_stays():
    alerts = advance([], [found(1.0)], NO_PATIENCE, SECOND)
    alerts = advance(alerts, [found(7.0)], NO_PATIENCE, 2 * SECOND)
    assert (alerts[0].value, alerts[0].annotations) == (7.0, {"summary": "7.0"})
    assert alerts[0].fired_at == SECOND


def test_alerts_are_told_apart_by_their_labels():
    alerts = advance([], [found(service="a"), found(service="b")], NO_PATIENCE, SECOND)
    alerts = advance(alerts, [found(service="b")], NO_PATIENCE, 2 * SECOND)
    assert {each.labels["service"]: each.state.value for each in alerts} == {
        "a": "resolved",
        "b": "firing",
    }


def test_two_results_with_the_same_labels_are_an_error():
    with pytest.raises(DuplicateLabelsError):
        advance([], [found(1.0), found(2.0)], NO_PATIENCE, SECOND)


def test_an_evaluation_that_fails_later_leaves_what_was_before():
    before = advance([], [found()], NO_PATIENCE, SECOND)
    advance(before, [], NO_PATIENCE, 2 * SECOND)
    assert before[0].state is AlertState.FIRING


def test_who_is_told_when():
    """Pending: nobody. Firing: at once, then every so often. Resolved: at once, then on."""
    minute = 60 * SECOND
    alert = Alert({}, {}, 1.0, 0)
    assert not is_due(alert, AM, minute, 10 * minute)
    alert.state, alert.fired_at = AlertState.FIRING, minute
    assert is_due(alert, AM, minute, minute)
    alert.sent[AM] = minute
    assert not is_due(alert, AM, minute, 2 * minute - 1)
    assert is_due(alert, AM, minute, 2 * minute)
    assert is_due(alert, "http://other:9093", minute, minute)
    [resolved] = advance([alert], [], NO_PATIENCE, minute + 1)
    assert is_due(resolved, AM, minute, minute + 2)
    resolved.sent[AM] = minute + 2
    assert not is_due(resolved, AM, minute, minute + 3)
    assert is_due(resolved, AM, minute, 2 * minute + 2)


def test_an_alert_ends_by_itself_after_four_sends_that_did_not_come():
    alert = Alert({}, {}, 1.0, 0, AlertState.FIRING)
    assert ends_at(alert, 15 * SECOND, 60 * SECOND, 1000) == 240 * SECOND + 1000
    assert ends_at(alert, 300 * SECOND, 60 * SECOND, 1000) == 1200 * SECOND + 1000
    assert ends_at(alert, SECOND, SECOND, 1000) == 60 * SECOND + 1000
    alert.state, alert.resolved_at = AlertState.RESOLVED, 17
    assert ends_at(alert, 15 * SECOND, 60 * SECOND, 1000) == 17
