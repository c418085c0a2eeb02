"""The real Alertmanager hears of what fails, once, and of its end."""

from __future__ import annotations

import os
import signal
import urllib.request
from pathlib import Path

import pytest

from clew.runtime.clock import SYSTEM_CLOCK
from tests.support.alertmanager import AlertmanagerServer, Receiver
from tests.support.elasticsearch.installation import Installation as Prefixed
from tests.support.elasticsearch.server import ElasticsearchServer
from tests.support.log_files import LogWriter
from tests.support.processes import Process, wait_until
from tests.support.together import Up, children_of
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(180)

RULES = """
groups:
  - name: shop
    interval: 1s
    rules:
      - alert: PaymentFails
        log:
          query: error.type:ProviderTimeoutError
          window: 30s
          more_than: 1
          by: [service, kubernetes.namespace]
        labels: {severity: page}
        annotations:
          summary: "{{ $value }} payments timed out in {{ $labels.kubernetes_namespace }}"
"""
"""The shop's payment provider is in trouble from the 20th to the 40th second."""


def test_the_failing_payment_is_told_once_through_a_kill_and_resolved(
    installation: Installation, tmp_path: Path
) -> None:
    """
    The shop's payment fails: the Alertmanager has the alert, keeps it through kill -9 of the
    collector, and sees it resolved when payment is well again. Somebody is told twice in all.
    """
    rules = tmp_path / "shop.yaml"
    rules.write_text(RULES)
    config = tmp_path / "clew.yaml"
    config.write_text("collector: {alerting: {resend_seconds: 1}}")
    with (
        Receiver() as receiver,
        AlertmanagerServer(tmp_path / "alertmanager", receiver) as alertmanager,
        Up(
            installation,
            tmp_path / "data",
            *("--demo", "--alertmanager", alertmanager.url, "--rules", rules, "--config", config),
        ) as up,
    ):
        wait_until(lambda: alertmanager.alert("PaymentFails"), "the alert is there")
        first = alertmanager.alert("PaymentFails")
        assert first is not None
        assert first["labels"]["service_name"] == "payment"
        assert first["labels"]["severity"] == "page"
        assert first["annotations"]["summary"].endswith("payments timed out in shop")
        assert first["generatorURL"].startswith(f"{up.url}/search?query=")

        collector = tmp_path / "data" / "run" / "collector.yaml"
        [victim] = children_of(collector)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: children_of(collector) not in ([], [victim]), "it is started again")
        killed = alertmanager.alert("PaymentFails")
        assert killed is not None

        def told_again() -> bool:
            now = alertmanager.alert("PaymentFails")
            return now is not None and now["updatedAt"] > killed["updatedAt"]

        wait_until(told_again, "the new collector tells of it")
        again = alertmanager.alert("PaymentFails")
        assert again is not None
        assert again["startsAt"] == first["startsAt"]

        wait_until(lambda: len(receiver.statuses("PaymentFails")) >= 2, "its end is told")
        assert receiver.statuses("PaymentFails") == ["firing", "resolved"]
        assert alertmanager.alert("PaymentFails") is None


TWO = """
groups:
  - name: shop
    interval: 1s
    rules:
      - alert: CartFails
        log: {query: level>=error, window: 45s, by: [service]}
"""


def leads(collector: Process) -> bool:
    try:
        with urllib.request.urlopen(f"{collector.url}/metrics", timeout=5) as answer:
            return "clew_collector_alerting_leads 1.0" in answer.read().decode()
    except OSError:
        return False


def test_of_two_collectors_one_alerts_and_the_other_takes_over(
    elasticsearch: ElasticsearchServer, tmp_path: Path
) -> None:
    """One Elasticsearch, two collectors, the one that leads is killed: somebody is told twice."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(TWO)
    writer = LogWriter(tmp_path / "pods")
    writer.time = SYSTEM_CLOCK.now()
    for _ in range(3):
        writer.write(b'{"log.level":"ERROR","message":"cart is full","service.name":"cart"}')
    with (
        Prefixed(elasticsearch) as prefixed,
        Receiver() as receiver,
        AlertmanagerServer(tmp_path / "alertmanager", receiver) as alertmanager,
    ):
        section = {
            "store": prefixed.config.model_dump(mode="json", exclude_none=True),
            "alerting": {
                "rules": [str(rules)],
                "shipped_rules": False,
                "alertmanagers": [alertmanager.url],
                "resend_seconds": 1,
            },
        }
        with (
            Process("collector", tmp_path / "one", section) as one,
            Process("collector", tmp_path / "two", section) as two,
        ):
            both = (one.wait_ready(), two.wait_ready())
            agent = {
                "logs": [str(tmp_path / "pods")],
                "data": str(tmp_path / "agent"),
                "collector_url": two.url,
            }
            with Process("agent", tmp_path / "agent", agent, "--once") as once:
                assert once.wait(60) == 0, once.log
            wait_until(lambda: alertmanager.alert("CartFails"), "the alert is there")
            first = alertmanager.alert("CartFails")
            assert first is not None
            [leader] = filter(leads, both)
            leader.kill()
            [other] = {one, two} - {leader}
            wait_until(lambda: leads(other), "the other one leads")
            wait_until(lambda: alertmanager.alert("CartFails") is None, "it is over")
            wait_until(lambda: len(receiver.statuses("CartFails")) >= 2, "its end is told")
    assert receiver.statuses("CartFails") == ["firing", "resolved"]
