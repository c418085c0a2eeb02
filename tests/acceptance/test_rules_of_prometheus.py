"""Prometheus' own promtool says when an alert fires; ours fires at the same moments."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from clew.rules.durations import format_duration
from clew.rules.states import Alert, AlertState, Found, Patience, advance
from clew.schema.timestamps import SECOND
from tests.support.components import require_unpacked

INTERVAL_SECONDS = 15
CASES = 80


class Case(NamedTuple):
    """An alert's patience, and whether there is a result at each evaluation."""

    patience: Patience
    results: list[bool]

    def fires(self) -> list[bool]:
        """Whether the alert fires after each evaluation, as clew has it."""
        alerts: list[Alert] = []
        fires = []
        for number, there in enumerate(self.results):
            found = [Found({"alertname": "A"}, {}, 1.0, "")] * there
            alerts = advance(alerts, found, self.patience, number * INTERVAL_SECONDS * SECOND)
            fires.append(any(each.state is AlertState.FIRING for each in alerts))
        return fires


def invented(seed: int) -> Case:
    chance = random.Random(seed)
    results: list[bool] = []
    while len(results) < 40:
        results += [chance.random() < 0.6] * chance.choice((1, 1, 2, 3, 5))
    pending, keep = chance.choice((0, 15, 30, 50)), chance.choice((0, 0, 15, 40))
    return Case(Patience(pending * SECOND, keep * SECOND), results[:40])


def rule(case: Case, number: int) -> dict[str, Any]:
    return {
        "alert": f"A{number}",
        "expr": f"x{number} == 1",
        "for": format_duration(case.patience.pending),
        "keep_firing_for": format_duration(case.patience.keep_firing),
    }


def alert_tests(case: Case, number: int) -> list[dict[str, Any]]:
    return [
        {
            "eval_time": f"{moment * INTERVAL_SECONDS}s",
            "alertname": f"A{number}",
            "exp_alerts": [{"exp_labels": {}}] if fires else [],
        }
        for moment, fires in enumerate(case.fires())
    ]


def test_an_alert_is_pending_fires_and_resolves_as_in_prometheus(tmp_path: Path) -> None:
    """Over histories of results and pauses, with and without `for` and `keep_firing_for`."""
    promtool = require_unpacked("prometheus", "usr/bin/promtool")
    cases = [invented(seed) for seed in range(CASES)]
    assert sum(any(case.fires()) for case in cases) > CASES / 2
    rules = [rule(case, number) for number, case in enumerate(cases)]
    series = [
        {"series": f"x{number}", "values": " ".join(str(int(each)) for each in case.results)}
        for number, case in enumerate(cases)
    ]
    test = {
        "interval": f"{INTERVAL_SECONDS}s",
        "input_series": series,
        "alert_rule_test": [
            each for number, case in enumerate(cases) for each in alert_tests(case, number)
        ],
    }
    (tmp_path / "rules.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "g", "interval": "15s", "rules": rules}]})
    )
    (tmp_path / "tests.yaml").write_text(
        yaml.safe_dump(
            {"rule_files": ["rules.yaml"], "evaluation_interval": "15s", "tests": [test]}
        )
    )
    done = subprocess.run(
        [promtool, "test", "rules", "tests.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
