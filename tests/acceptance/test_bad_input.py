"""Lines and files that nobody should write: each gets a clear word, and nothing is lost."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import BOTH, Question
from tests.support.together import import_once
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(180)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GOOD = b'{"log.level":"info","message":"fine","trace.id":"%s"}' % TRACE.encode()
QUARANTINED = {
    "invalid_utf8": b"caf\xe9 trace_id=" + TRACE.encode(),
    "invalid_json": b'{"message":"broken", "trace.id":"%s"' % TRACE.encode(),
    "too_deep": b'{"message":"x","deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "too_long": b'{"message":"' + b"x" * 5_000_000 + b'"}',
    "duplicate_key": b'{"message":"one","message":"two"}',
    "missing_field": b'{"level":"info"}',
}
TWO_OBJECTS = b'{"message":"one"} {"message":"two"}'
KEPT = {
    b'{"message":"number","value":1e999,"huge":123456789012345678901234567890}': {
        "value": "1e999",
        "huge": "123456789012345678901234567890",
    },
    b'{"message":"ours","kubernetes":{"pod.name":"evil"},"_id":"7","clew.severity":24}': {
        "kubernetes.pod.name": "evil",
        "_id": "7",
        "clew.severity": "24",
    },
}


def _write(folder: Path) -> list[bytes]:
    lines = [GOOD, *QUARANTINED.values(), TWO_OBJECTS, *KEPT, GOOD]
    container = folder / "shop_till-6f7d8c9b5-abcde_11111111-2222-3333-4444-555555555555" / "till"
    container.mkdir(parents=True)
    with (container / "0.log").open("wb") as file:
        for number, line in enumerate(lines):
            file.write(b"2026-01-02T03:04:%02d.5Z stdout F %s\n" % (number, line))
        file.write(b"this is no line of a runtime\n")
        file.write(b"2026-01-02T03:05:00Z stdout F not finis")
    return lines


def _sources(data: Path) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        store = await EmbeddedLogStore.open(data / "store", writable=False)
        question = Question(Deadline.after(60), collections=BOTH)
        sources = [hit.source async for hit in store.scan(question)]
        await store.close()
        return sources

    return asyncio.run(read())


def test_bad_lines_are_quarantined_whole_and_lead_to_their_transaction(
    installation: Installation, tmp_path: Path
) -> None:
    """Each bad line is kept, byte for byte, with its reason; the others are indexed."""
    lines = _write(tmp_path / "logs")
    imported = import_once(installation, tmp_path / "logs", tmp_path / "data")
    code, summary = imported.code, imported.summary
    assert (code, summary["balanced"]) == (0, True)
    quarantined = len(QUARANTINED) + 2  # the two objects, and what no runtime wrote
    assert summary["quarantined"] == quarantined
    assert summary["indexed"] == len(lines) + 1 - quarantined
    assert summary["unread_bytes"] == len(b"2026-01-02T03:05:00Z stdout F not finis")

    sources = _sources(tmp_path / "data")
    kept = {_original(source): source for source in sources if "clew.reason" in source}
    for reason, line in QUARANTINED.items():
        assert kept[line]["clew.reason"] == reason
    assert kept[TWO_OBJECTS]["clew.reason"] == "invalid_json"
    assert kept[b"this is no line of a runtime"]["clew.reason"] == "bad_framing"
    for line, labels in KEPT.items():
        [source] = [s for s in sources if s.get("message") == json.loads(line)["message"]]
        assert labels.items() <= source["labels"].items()
        assert source["kubernetes.pod.name"] == "till-6f7d8c9b5-abcde"

    done = installation.run(
        installation.clew, "trace", TRACE, "--json", "--data", tmp_path / "data"
    )
    answer = json.loads(done.stdout)
    assert [line["quarantined"] for line in answer["lines"]] == [False, True, True, False]
    assert answer["completeness"]["quarantined"] == 2

    done = installation.run(
        *(installation.clew, "search", "clew.reason:invalid_json", "--json"),
        *("--data", tmp_path / "data"),
    )
    found = [json.loads(line)["event.original"] for line in done.stdout.splitlines()]
    assert sorted(found) == sorted([TWO_OBJECTS.decode(), QUARANTINED["invalid_json"].decode()])


def test_a_long_line_that_the_runtime_cut_is_one_line_of_its_transaction(
    installation: Installation, tmp_path: Path
) -> None:
    """5 MB in pieces of 16 KiB, the ID last: quarantined once and whole, with its length."""
    text = QUARANTINED["too_long"][:-1] + b',"trace.id":"%s"}' % TRACE.encode()
    container = tmp_path / "logs" / "shop_till-0_aaaa" / "till"
    container.mkdir(parents=True)
    with (container / "0.log").open("wb") as file:
        for at in range(0, len(text), 16384):
            tag = b"P" if at + 16384 < len(text) else b"F"
            piece = text[at : at + 16384]
            file.write(b"2026-01-02T03:04:05.5Z stdout %s %s\n" % (tag, piece))
        file.write(b"2026-01-02T03:04:06.5Z stdout F %s\n" % GOOD)
    summary = import_once(installation, tmp_path / "logs", tmp_path / "data").summary
    assert (summary["indexed"], summary["quarantined"], summary["balanced"]) == (1, 1, True)
    done = installation.run(
        installation.clew, "trace", TRACE, "--json", "--data", tmp_path / "data"
    )
    cut, good = json.loads(done.stdout)["lines"]
    assert (_original(cut), good["message"]) == (text, "fine")
    assert cut["clew.detail"] == f"{len(text)} bytes, the limit is 1048576"


def test_what_is_kept_is_for_its_owner_only(installation: Installation, tmp_path: Path) -> None:
    """Logs that only root could read are not there for everybody once they are indexed."""
    _write(tmp_path / "logs")
    import_once(installation, tmp_path / "logs", tmp_path / "data")
    kept = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


def _original(source: dict[str, Any]) -> bytes:
    if "clew.raw" in source:
        return base64.b64decode(source["clew.raw"])
    return str(source["event.original"]).encode()


def test_a_file_that_cannot_be_read_is_named_and_fails_the_import(
    installation: Installation, tmp_path: Path
) -> None:
    """What can be read is indexed; the rest is named, and the exit code says it is not all."""
    _write(tmp_path / "logs")
    # Root may read any file, so no permission stands in its way; a folder does.
    unreadable = tmp_path / "logs" / "shop_bad-6f7d8c9b5-abcde_aaaa" / "till" / "0.log"
    unreadable.mkdir(parents=True)
    imported = import_once(installation, tmp_path / "logs", tmp_path / "data")
    code, summary = imported.code, imported.summary
    assert code == 1
    assert not summary["balanced"]
    assert list(summary["unreadable"]) == [str(unreadable)]
    assert summary["indexed"] > 0


def test_links_to_nothing_are_named_and_fail_the_import(
    installation: Installation, tmp_path: Path
) -> None:
    """A copied /var/log/pods of Docker has logs; that they were not copied is what is said."""
    link = tmp_path / "logs" / "shop_till-0_aaaa" / "till" / "0.log"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nonexistent/0123-json.log")
    imported = import_once(installation, tmp_path / "logs", tmp_path / "data")
    assert (imported.code, imported.summary["balanced"]) == (1, False)
    [(path, reason)] = imported.summary["unreadable"].items()
    assert path == str(link)
    assert "'/nonexistent/0123-json.log' is not there" in reason
    assert "no log files were found" not in imported.errors
