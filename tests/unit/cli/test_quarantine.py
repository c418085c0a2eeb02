from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.embedded.log_store import EmbeddedLogStore
from tests.support.command_line import clew
from tests.support.quarantined import MENDED, TRACE, quarantined
from tests.support.query_service import memory_store, serving

STILL = b'{"message":"one","message":"two"}'
HOSTILE = b"\x1b]0;broken out\x07\x1b[2J caf\xe9"


def filled(data: Path, documents: Sequence[Document]) -> None:
    async def write() -> None:
        store = await EmbeddedLogStore.open(data / "store", writable=True)
        await store.write(documents, Deadline.after(60))
        await store.close()

    asyncio.run(write())


@pytest.fixture(params=["service", "data"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A quarantine of three lines behind a query service, and in a folder that is asked itself."""
    documents = quarantined(MENDED, STILL, HOSTILE)
    if request.param == "data":
        (tmp_path / "data").mkdir()
        filled(tmp_path / "data", documents)
        yield "--data", str(tmp_path / "data")
    else:
        with serving(memory_store(documents), changeable=True) as service:
            yield "--url", service.url


def lines(source: tuple[str, str]) -> list[dict[str, Any]]:
    result = clew("quarantine", "list", "--json", *source)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_list_begins_with_how_many_there_are_of_which(source: tuple[str, str]):
    result = clew("quarantine", "list", *source)
    assert result.returncode == 0
    head = result.stdout.splitlines()[:4]
    assert head == [
        "3 lines in quarantine",
        "  reasons   duplicate_key 3",
        "  services  cart 3",
        "  fields    message 3",
    ]
    assert f"2023-01-29 12:00:00.000 cart duplicate_key (message) ({TRACE})" in result.stdout
    assert "␛]0;broken out" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_list_can_be_narrowed_and_says_where_nothing_is(source: tuple[str, str]):
    some = clew("quarantine", "list", "--since", "2023-01-29T12:00:01Z", "--json", *source)
    assert (some.returncode, len(some.stdout.splitlines())) == (0, 2)
    assert some.stderr.startswith("2 lines in quarantine")
    assert (
        len(clew("quarantine", "list", "--limit", "1", "--json", *source).stdout.split("\n")) == 2
    )
    none = clew("quarantine", "list", "--reason", "too_deep", *source)
    assert (none.returncode, none.stdout) == (1, "")
    assert "no such line is in quarantine" in none.stderr


def test_a_line_is_shown_with_why_where_and_what_to_do(source: tuple[str, str]):
    """As it was written, but for what a terminal would obey; `--raw` has every byte."""
    hostile, _, mended = lines(source)
    shown = clew("quarantine", "show", mended["id"], *source)
    assert shown.returncode == 0
    assert "! duplicate_key · message · by an older rule" in shown.stdout
    assert "Most often a field of the MDC" in shown.stdout
    assert MENDED.decode() in shown.stdout
    assert "pod cart-7d9f-x2x9k · container cart" in shown.stdout
    assert f"found in it: trace.id {TRACE}" in shown.stdout
    odd = clew("quarantine", "show", hostile["id"], *source)
    assert "\x1b" not in odd.stdout
    assert "see --raw" in odd.stdout
    about = json.loads(clew("quarantine", "show", mended["id"], "--json", *source).stdout)
    assert (about["reason"], about["line"]["id"]) == ("duplicate_key", mended["id"])


def test_an_id_that_is_not_there_is_said(source: tuple[str, str]):
    result = clew("quarantine", "show", "nobody", *source)
    assert (result.returncode, result.stdout) == (1, "")
    assert "no quarantined line has the ID 'nobody'" in result.stderr


def test_a_replay_tells_what_it_does_and_does_it_once(source: tuple[str, str]):
    """A dry run says the same and changes nothing; a second run finds what stayed."""
    would = clew("quarantine", "replay", "--dry-run", *source)
    assert would.stdout == (
        "1 line would be replayed: duplicate_key 1\n"
        "2 lines would stay: duplicate_key 1, invalid_utf8 1\n"
    )
    assert len(lines(source)) == 3
    done = json.loads(clew("quarantine", "replay", "--json", *source).stdout)
    assert done == {
        "total": 3,
        "done": {"duplicate_key": 1},
        "kept": {"duplicate_key": 1, "invalid_utf8": 1},
        "dry_run": False,
    }
    again = clew("quarantine", "replay", *source)
    assert again.stdout.startswith("0 lines replayed\n2 lines stay: ")
    trace = json.loads(clew("trace", TRACE, "--json", *source).stdout)
    assert [line["quarantined"] for line in trace["lines"]] == [False]


def test_a_purge_needs_somebody_to_say_yes(source: tuple[str, str]):
    """Here nobody can be asked, so that the option has to say it."""
    refused = clew("quarantine", "purge", *source)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    would = clew("quarantine", "purge", "--dry-run", *source)
    assert would.stdout == "3 lines would be deleted: duplicate_key 3\n"
    one = lines(source)[0]["id"]
    assert clew("quarantine", "purge", one, "--yes", *source).stdout == (
        "1 line deleted: duplicate_key 1\n"
    )
    assert one not in {line["id"] for line in lines(source)}
    assert clew("quarantine", "purge", "--yes", *source).returncode == 0
    assert clew("quarantine", "purge", "--yes", *source).returncode == 1


def test_wrong_questions_are_said(source: tuple[str, str]):
    for wrong in (
        ("list", "--reason", "bad_mood"),
        ("list", "--since", "yesterdayish"),
        ("show", "x", "--raw", "--json"),
        ("replay", "--limit", "3"),
    ):
        assert clew("quarantine", *wrong, *source).returncode == 2


def test_a_store_that_something_else_writes_is_told_whom_to_ask(tmp_path: Path):
    filled(tmp_path, quarantined(MENDED))

    async def meanwhile() -> Any:
        store = await EmbeddedLogStore.open(tmp_path / "store", writable=True)
        try:
            data = str(tmp_path)
            return await asyncio.to_thread(clew, "quarantine", "replay", "--data", data)
        finally:
            await store.close()

    result = asyncio.run(meanwhile())
    assert result.returncode == 1
    assert "leave --data out" in result.stderr
    assert "Traceback" not in result.stderr


def test_on_a_terminal_it_asks_before_it_deletes(tmp_path: Path):
    """Whoever does not say yes keeps everything."""
    filled(tmp_path, quarantined(MENDED, STILL))
    for said, left in (("n", 2), ("y", 0)):
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "clew", "quarantine", "purge", "--data", str(tmp_path)],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(theirs)
        os.write(ours, f"{said}\n".encode())
        _, errors = process.communicate(timeout=60)
        os.close(ours)
        assert "Delete 2 quarantined lines for ever? [y/N]" in errors
        assert process.returncode == (0 if said == "y" else 1)
        assert len(lines(("--data", str(tmp_path)))) == left
