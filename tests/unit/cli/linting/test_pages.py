"""The commands that the pages tell people to run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from clew.cli.linting.pages import TOPICS, how, read_page
from clew.schema.advice import PAGES
from tests.support.components import ROOT
from tests.support.libraries.case import CASES

LOGGING = ROOT / "docs" / "logging"
PAGE_FILES = sorted(set(LOGGING.glob("*.md")) - {LOGGING / "README.md"})
COMMAND = re.compile(r"^    (?:.*\| )?clew (lint\b.*)$", re.MULTILINE)
CANONICAL = (CASES / "ecs-logback" / "output.log").read_bytes()
TEXT = b"started\n"


def lint(command: str, printed: bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", f'"$0" -P -m clew {command}', sys.executable],
        input=printed,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("page", PAGE_FILES, ids=[page.stem for page in PAGE_FILES])
def test_each_page_ends_with_a_command_that_does_what_it_says(page: Path, tmp_path: Path):
    """It is content with what is canonical; where it asks for that, not with text."""
    _, _, check = page.read_text().partition("\n## Check it\n")
    commands = COMMAND.findall(check)
    assert commands
    for command in commands:
        assert lint(command, CANONICAL, tmp_path).returncode == 0
        assert lint(command, TEXT, tmp_path).returncode == int("--canonical" in command)


def test_each_page_is_there_and_advised():
    assert {page.stem for page in PAGE_FILES} == set(PAGES) - {"README"}
    for page in PAGE_FILES:
        assert read_page(page.stem) == page.read_text()


@pytest.mark.parametrize("topic", TOPICS)
def test_there_is_something_about_every_topic(topic: str):
    """With a heading, and where there is more to read."""
    said = how(topic)
    assert said.endswith("\n")
    assert len(said.splitlines()) > 5


def test_commands_of_the_page_on_lint_are_no_mistakes(tmp_path: Path):
    """Each is understood: what is missing is the files, if anything."""
    commands = COMMAND.findall((ROOT / "docs" / "lint.md").read_text())
    assert len(commands) >= 5
    for name in ("shop.log", "payment.log"):
        (tmp_path / name).write_bytes(CANONICAL)
    (tmp_path / "policy.yaml").write_text("name: shop\nrules: [{mode: report}]")
    for command in commands:
        result = lint(command, CANONICAL, tmp_path)
        missing = b"/var/log/pods" in result.stderr
        assert result.returncode == (2 if missing else 0), result.stderr


def test_what_the_page_on_lint_shows_is_what_is_printed(tmp_path: Path):
    page = (ROOT / "docs" / "lint.md").read_text()
    [shown] = re.findall(r"```text\n\$ clew lint payment.log\n(.*?)```", page, re.DOTALL)
    [line] = re.findall(r"^  1: (\{.*\})$", shown, re.MULTILINE)
    with_ids = line.removesuffix("}") + f',"trace_id":"{"4b" * 16}","transaction_id":"A-17"}}'
    (tmp_path / "payment.log").write_text("\n".join([line] * 9 + [with_ids] * 2) + "\n")
    assert lint("lint payment.log", b"", tmp_path).stdout.decode() == shown
