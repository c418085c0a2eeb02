"""What Prometheus and Grafana are given is what they take, and shows something."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from clew.runtime.clock import SYSTEM_CLOCK
from scripts.pages.grafana import expressions
from tests.support.components import ROOT, require_unpacked
from tests.support.processes import wait_until
from tests.support.prometheus import Prometheus
from tests.support.together import Up
from tests.support.wheel import Installation

DASHBOARDS = ROOT / "dashboards"


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [require_unpacked("prometheus", "usr/bin/promtool"), *arguments],
        cwd=DASHBOARDS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_promtool_takes_the_rules() -> None:
    done = promtool("check", "rules", "clew.rules.yaml")
    assert done.returncode == 0, done.stderr
    rules = yaml.safe_load((DASHBOARDS / "clew.rules.yaml").read_text())["groups"][0]["rules"]
    assert f"SUCCESS: {len(rules)} rules found" in done.stdout


def test_every_rule_has_a_unit_test_that_promtool_passes() -> None:
    done = promtool("test", "rules", "clew.rules.test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    [group] = yaml.safe_load((DASHBOARDS / "clew.rules.yaml").read_text())["groups"]
    tested = {
        case["alertname"]
        for test in yaml.safe_load((DASHBOARDS / "clew.rules.test.yaml").read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tested == {rule["alert"] for rule in group["rules"]}


def configuration(targets: dict[str, str]) -> dict[str, Any]:
    """A Prometheus that scrapes these, a job each, and has the rules."""
    return {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [target]}]}
            for job, target in targets.items()
        ],
        "rule_files": [str(DASHBOARDS / "clew.rules.yaml")],
    }


@pytest.mark.timeout(180)
def test_every_panel_shows_something_of_a_running_clew(
    installation: Installation, tmp_path: Path
) -> None:
    """Prometheus scrapes the demo's processes, and each expression of the dashboard has a value."""
    data, folder = tmp_path / "data", tmp_path / "prometheus"
    folder.mkdir()
    with Up(installation, data, "--demo", "--alertmanager", "http://127.0.0.1:1") as up:
        wait_until(up.transactions, "transactions arrive")
        targets = {
            f"clew-{name}": yaml.safe_load((data / "run" / f"{name}.yaml").read_text())[name][
                "listen"
            ]
            for name in ("agent", "collector", "query")
        }
        with Prometheus(folder, configuration(targets)) as prometheus:

            def without_value() -> list[str]:
                now = SYSTEM_CLOCK.now()
                return [each for each in expressions() if not prometheus.query(each, now)]

            try:
                wait_until(lambda: not without_value(), "each expression has a value")
            finally:
                assert without_value() == []
