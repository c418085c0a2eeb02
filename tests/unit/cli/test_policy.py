"""`clew policy check` and `clew schema`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clew.cli.policy import policy
from clew.cli.schema import schema
from clew.policies import load_policy
from clew.schema.json_schema import policy_schema, record_schema


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(policy, ["check", *map(str, arguments)])


def test_a_correct_file_is_said_to_be(tmp_path: Path):
    """With the name that documents will have."""
    file = tmp_path / "shop.yaml"
    file.write_text("name: shop\nrules: [{mode: 'off'}]")
    name = load_policy(file).name
    result = check(file)
    assert (result.exit_code, result.stdout) == (0, f"{file}: correct: {name}, 1 rule\n")
    assert json.loads(check(file, "--json").stdout) == {
        "files": [{"file": str(file), "policy": name, "rules": 1}]
    }


def test_every_mistake_of_every_file_is_said(tmp_path: Path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: shop\nrules: [{schema: strict}, {mode: of}]")
    result = check(wrong, tmp_path / "absent.yaml")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[:3] == [
        f"{wrong}: 2 mistakes:",
        "  rules.1.mode: one of enforce, report, off was expected; did you mean off? (found 'of')",
        "  rules.0.schema: no such schema; there are none (found 'strict')",
    ]
    assert "absent.yaml: 1 mistake:" in result.stderr
    assert check(wrong, "--json").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], record_schema), (["record"], record_schema), (["policy"], policy_schema)],
)
def test_a_schema_is_printed_as_json(arguments: list[str], expected):
    result = CliRunner().invoke(schema, arguments)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == expected()


def test_a_schema_that_there_is_not():
    result = CliRunner().invoke(schema, ["recrd"])
    assert result.exit_code == 2
    assert "'recrd' is not one of 'record', 'policy'" in result.stderr
