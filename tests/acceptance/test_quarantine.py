"""Refused lines in a real `clew up`: looked at, replayed, found by their IDs, purged."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from clew.wire.batch import encode_batch
from tests.support.batches import batch, part
from tests.support.processes import wait_until
from tests.support.quarantined import MENDED, TRACE, refused_row
from tests.support.together import Up
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(180)

BROKEN = b'{"message":"charged twice","trace.id":"%s","message":"\x1b[2Jgone"}' % TRACE.encode()
FINE = b'{"log.level":"info","message":"paid","trace.id":"%s","service.name":"till"}'


def write_logs(folder: Path) -> None:
    container = folder / "shop_till-6f7d8c9b5-x2x9k_11111111-2222-3333-4444-555555555555" / "till"
    container.mkdir(parents=True)
    with (container / "0.log").open("wb") as file:
        for number, line in enumerate((FINE % TRACE.encode(), BROKEN)):
            file.write(b"2026-01-02T03:04:%02d.5Z stdout F %s\n" % (number, line))


def send_refused(data: Path) -> Any:
    """What an agent of an older version sends, whose rules refuse a line that is fine today."""
    section = yaml.safe_load((data / "run" / "collector.yaml").read_text())["collector"]
    url, body = (
        f"http://{section['listen']}/v1/batches",
        encode_batch(batch(part([refused_row(MENDED)]))),
    )
    with urllib.request.urlopen(url, data=body, timeout=10) as answer:
        return json.load(answer)["parts"][0]


def test_a_refused_line_is_shown_replayed_and_found_by_its_trace(
    installation: Installation, tmp_path: Path
) -> None:
    """From the command line, through the query service, to the collector, which writes."""
    data = tmp_path / "data"
    write_logs(tmp_path / "logs")

    with Up(installation, data, "--logs", tmp_path / "logs") as up:

        def clew(*arguments: str) -> subprocess.CompletedProcess[str]:
            return installation.run(installation.clew, *arguments, "--url", up.url)

        def lines() -> list[dict[str, Any]]:
            printed = clew("quarantine", "list", "--json").stdout.splitlines()
            return [json.loads(line) for line in printed]

        def found() -> list[tuple[str, bool]]:
            answer = json.loads(clew("trace", TRACE, "--json").stdout)
            return [(line["service.name"], line["quarantined"]) for line in answer["lines"]]

        up.wait_ready()
        wait_until(lambda: len(lines()) == 1, "the broken line is quarantined")
        assert send_refused(data)["quarantined"] == 1
        old, broken = sorted(lines(), key=lambda line: line["@timestamp"])
        assert sorted(found()) == [("cart", True), ("till", False), ("till", True)]

        shown = clew("quarantine", "show", broken["id"]).stdout
        assert "! invalid_json" in shown
        assert "Write one whole object a line" in shown
        assert "\x1b" not in shown
        raw = subprocess.run(
            [installation.clew, "quarantine", "show", broken["id"], "--raw", "--url", up.url],
            env=installation.environment,
            cwd=installation.directory,
            capture_output=True,
            check=True,
        )
        assert raw.stdout == BROKEN

        would = clew("quarantine", "replay", "--dry-run").stdout
        assert would == (
            "1 line would be replayed: duplicate_key 1\n1 line would stay: invalid_json 1\n"
        )
        done = clew("quarantine", "replay").stdout
        assert done == "1 line replayed: duplicate_key 1\n1 line stays: invalid_json 1\n"
        assert [line["id"] for line in lines()] == [broken["id"]]
        assert sorted(found()) == [("cart", False), ("till", False), ("till", True)]
        mended = json.loads(clew("search", "level:warn", "--json").stdout)
        assert (mended["id"], mended["message"]) == (old["id"], "paid")

        january = ("--since", "2026-01-01", "--until", "2026-02-01")
        till = json.loads(clew("conformance", "till", "--json", *january).stdout)
        assert (till["canonical"], till["reasons"]) == (1, {"invalid_json": 1})
        busy = installation.run(installation.clew, "quarantine", "purge", "--yes", "--data", data)
        assert busy.returncode == 1
        assert "leave --data out" in busy.stderr
        # The agent may send its line once more: it is not quarantined again.
        assert send_refused(data)["existing"] == 1
        assert len(lines()) == 1

    purged = installation.run(installation.clew, "quarantine", "purge", "--yes", "--data", data)
    assert purged.stdout == "1 line deleted: invalid_json 1\n"
    left = installation.run(installation.clew, "quarantine", "list", "--data", data)
    assert left.returncode == 1
