"""What an import says of itself when it is over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clew.cli.summary import FAULTS_SHOWN, print_summary

STATUS: dict[str, Any] = {
    "files": 2,
    "lines_before": 24_731,
    "existing_before": 24_731,
    "held_because": "",
    "unread_bytes": 0,
    "unfinished": {},
    "pieces_open": 0,
    "unreadable": {},
    "balanced": True,
    "bytes_read": 1000,
    "lines_read": 24_731,
    "pieces_joined": 0,
    "indexed": 24_731,
    "existing": 24_731,
    "quarantined": 0,
    "gap_bytes": 0,
    "gap_count": 0,
    "gaps": [],
}


def printed(capsys: pytest.CaptureFixture[str], **status: Any) -> tuple[dict[str, str], str]:
    """The rows by their names, without white space, and what is complained of."""
    print_summary(STATUS | status, 1.5, as_json=False)
    output = capsys.readouterr()
    rows = {line[:16].strip(): " ".join(line[16:].split()) for line in output.out.splitlines()}
    return rows, output.err


def test_a_run_without_anything_new_stored_nothing_again(capsys: pytest.CaptureFixture[str]):
    """What an earlier run sent twice is that run's to tell."""
    rows, errors = printed(capsys)
    assert (rows["lines"], rows["new lines"]) == ("24,731", "0")
    assert "already stored" not in rows
    assert errors == ""
    rows, _ = printed(capsys, existing=24_741)
    assert rows["already stored"] == "10 sent before, and stored once"


def test_a_last_line_without_its_end_is_called_that_whatever_else_is_wrong(
    capsys: pytest.CaptureFixture[str],
):
    """It is named with its file; only what is a line and not stored is called so."""
    torn = {"/pods/a/0.log": 30, "/pods/b/0.log": 9}
    bad = {"/pods/c/0.log": "Permission denied"}
    rows, errors = printed(capsys, unread_bytes=39, unfinished=torn, unreadable=bad, balanced=False)
    said = "39 of a last line without its end: /pods/a/0.log and 1 more"
    assert rows["unfinished bytes"] == said
    assert "unread bytes" not in rows
    assert "can't read /pods/c/0.log: Permission denied" in errors
    rows, _ = printed(capsys, unread_bytes=139, unfinished=torn, balanced=False)
    assert (rows["unfinished bytes"], rows["unread bytes"]) == (said, "100 not stored yet")


def test_what_is_missing_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]):
    _, errors = printed(capsys, balanced=False, held_because="no space left")
    assert errors == "not everything was indexed: no space left\n"


def test_thousands_of_unreadable_files_are_not_named_one_by_one(
    capsys: pytest.CaptureFixture[str],
):
    bad = {f"/pods/{number}/0.log": "a link to nothing" for number in range(1000)}
    _, errors = printed(capsys, unreadable=bad, balanced=False)
    assert errors.count("a link to nothing") == FAULTS_SHOWN
    assert "can't read 980 more" in errors
    print_summary(STATUS | {"unreadable": bad}, 1.5, as_json=True)
    assert json.loads(capsys.readouterr().out)["unreadable"] == bad
