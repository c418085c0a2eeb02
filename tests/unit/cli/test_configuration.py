"""`clew config check`: what is wrong with a file, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clew.cli.configuration import config
from clew.runtime.errors import ConfigError

STORE = "store: {path: /var/lib/clew/store}"


def check(folder: Path, text: str, *options: str) -> Result:
    file = folder / "clew.yaml"
    file.write_text(text)
    return CliRunner().invoke(config, ["check", str(file), *options])


def as_json(folder: Path, text: str) -> tuple[int, dict[str, Any]]:
    result = check(folder, text, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("section", ["collector: {batches_at_once: 2}", "collector:"])
def test_a_file_for_clew_up_may_leave_out_the_store(tmp_path: Path, section: str):
    """`up` has one; that the process alone needs it is said."""
    result = check(tmp_path, section)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "  for `clew up` only: `clew collector` needs collector.store"
    ]
    assert as_json(tmp_path, section)[1]["without_store"] == ["collector"]


def test_a_file_for_each_process_is_correct_and_no_more_is_said(tmp_path: Path):
    file = f"collector: {{{STORE}}}\nquery: {{{STORE}}}\nagent:\n"
    result = check(tmp_path, file)
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'clew.yaml'}: correct: agent, collector, query\n"
    assert as_json(tmp_path, file) == (
        0,
        {
            "file": str(tmp_path / "clew.yaml"),
            "sections": ["agent", "collector", "query"],
            "without_store": [],
        },
    )


def test_what_is_wrong_is_told_whether_or_not_there_is_a_store(tmp_path: Path):
    """In a sentence each, or in a list of them; the command ends with 2 for both."""
    file = "collector: {listen: 5}\nquery: [1]\nagent: {nosuch: 1}\n"
    code, report = as_json(tmp_path, file)
    assert code == 2
    assert [problem.partition(":")[0] for problem in report["problems"]] == [
        "agent.nosuch",
        "collector.listen",
        "query",
    ]
    error = check(tmp_path, file).exception
    assert isinstance(error, ConfigError)
    assert [*map(str, error.problems)] == report["problems"]


def test_a_file_that_cannot_be_read_is_told_as_json_too(tmp_path: Path):
    code, report = as_json(tmp_path, "collector: [")
    assert code == 2
    assert len(report["problems"]) == 1
