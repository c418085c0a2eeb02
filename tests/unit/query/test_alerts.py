from __future__ import annotations

from collections.abc import Iterator

import pytest

from clew.rules.record import GroupRecord, RuleRecord
from clew.rules.states import Alert, AlertState
from clew.schema.timestamps import SECOND
from tests.support.documents import NOON
from tests.support.query_service import Service, memory_store, serving

LOG_RULE = """{"alert":"PaymentFails","log":{"query":"service:payment level>=error",
"window":"5m","more_than":20,"by":["service.name"],"distinct":"clew.transaction"},"for":"1m"}"""
HOSTILE = "<script>alert(1)</script>"

FIRING = Alert(
    {"alertname": "PaymentFails", "service_name": HOSTILE},
    {"summary": "7 failed \x1b[31m"},
    7.0,
    NOON,
    AlertState.FIRING,
    fired_at=NOON + SECOND,
    evidence="/transactions/A-1",
    sent={"http://am:9093": NOON + 2 * SECOND},
)
PENDING = Alert({"alertname": "Down"}, {}, 1.0, NOON, AlertState.PENDING, evidence="/alerts#Down")
OVER = Alert({"alertname": "Old"}, {}, 1.0, NOON, AlertState.RESOLVED, resolved_at=NOON + 9)

GROUPS = (
    GroupRecord(
        "shop.yaml",
        "shop",
        15 * SECOND,
        watermark=NOON,
        held="the store is away",
        missed=3,
        rules=[
            RuleRecord("PaymentFails", LOG_RULE, cut=2, alerts=[FIRING, OVER]),
            RuleRecord("Down", '{"alert":"Down","expr":"up == 0"}', "no sense", alerts=[PENDING]),
        ],
    ),
)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving(memory_store([]), groups=GROUPS) as service:
        yield service


def test_the_api_gives_groups_rules_and_alerts(service: Service):
    [group] = service.get("/api/alerts").json()["groups"]
    assert (group["file"], group["name"], group["interval_seconds"]) == ("shop.yaml", "shop", 15.0)
    assert (group["held"], group["missed"]) == ("the store is away", 3)
    assert group["evaluated_at"] == "2023-01-29T12:00:00.000000000Z"
    fails, down = group["rules"]
    assert fails["definition"]["log"]["window"] == "5m"
    assert (fails["error"], fails["left_out"], down["error"]) == (None, 2, "no sense")
    firing, over = fails["alerts"]
    assert (firing["state"], firing["value"], firing["resolved_at"]) == ("firing", 7.0, None)
    assert firing["sent"] == {"http://am:9093": "2023-01-29T12:00:02.000000000Z"}
    assert over["state"] == "resolved"


def test_the_twin_of_the_page_is_the_same_answer(service: Service):
    assert service.get("/alerts.json").json() == service.get("/api/alerts").json()


def test_the_page_shows_what_fires_before_what_is_pending_and_not_what_is_over(service: Service):
    text = service.get("/alerts").text
    assert text.index("✗ firing") < text.index("! pending")
    assert "<title>✗ 1 firing" in text
    assert "Old" not in text
    assert 'href="/transactions/A-1"' in text


def test_the_page_says_what_a_rule_asks_for_and_what_is_wrong_with_it(service: Service):
    text = service.get("/alerts").text
    assert "service:payment level&gt;=error" in text
    assert "more than 20 different clew.transaction in 5m by service.name, for 1m" in text
    assert "no sense" in text
    assert "2 alerts over the group" in text
    assert "held: the store is away" in text
    assert "3 evaluations missed" in text


def test_what_stands_in_a_label_is_text(service: Service):
    """Neither a script nor an escape sequence."""
    text = service.get("/alerts").text
    assert HOSTILE not in text
    assert "\x1b" not in text


def test_without_rules_the_page_says_how_to_have_some():
    with serving(memory_store([])) as service:
        text = service.get("/alerts").text
    assert "No rules are evaluated" in text
    assert "clew rules check" in text
