"""`clew rules check`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from clew.cli.rules import rules

RULE = "{alert: A, log: {query: 'level>=error', window: 5m}}"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(rules, ["check", *map(str, arguments)])


def test_a_correct_file_is_said_to_be(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text(f"groups: [{{name: shop, rules: [{RULE}]}}]")
    result = check(file)
    assert (result.exit_code, result.stdout) == (0, f"{file}: correct: 1 group, 1 rule\n")


def test_every_mistake_of_every_file_is_said(tmp_path):
    wrong, good = tmp_path / "wrong.yaml", tmp_path / "good.yaml"
    wrong.write_text("groups: [{name: shop, rules: [{alert: A}, {alert: B, expr: up, for: 5}]}]")
    good.write_text("groups: []")
    result = check(wrong, good, tmp_path / "absent.yaml")
    assert result.exit_code == 2
    assert result.stdout == f"{good}: correct: 0 groups, 0 rules\n"
    assert result.stderr.splitlines()[:3] == [
        f"{wrong}: 2 mistakes:",
        "  group shop, alert A: either `expr` or `log` was expected",
        "  group shop, alert B: for: a duration such as 30s, 5m or 1h30m was expected (found 5)",
    ]
    assert "absent.yaml: 1 mistake:" in result.stderr


def test_the_same_as_json(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text("groups: 3")
    result = check(file, "--json")
    assert result.exit_code == 2
    [report] = json.loads(result.stdout)["files"]
    assert report["file"] == str(file)
    assert len(report["problems"]) == 1
