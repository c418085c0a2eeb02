from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.schema.timestamps import SECOND
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.wire.report import encode_report, report_key
from tests.support import invented
from tests.support.command_line import clew
from tests.support.node_samples import EVERY, scrapes, series_with
from tests.support.query_service import Service, memory_store, serving
from tests.support.reports import report

HEAVY = ("aiohttp", "asyncio", "fastapi", "orjson", "pydantic", "rich", "tantivy", "yaml")
"""What would make `clew trace` slow to start; none of it is needed to ask over HTTP."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as `clew up --data` leaves it behind."""

    async def fill() -> None:
        store = await EmbeddedLogStore.open(tmp_path / "store", writable=True)
        await store.write(invented.shop_documents(), Deadline.after(60))
        await store.close()

    asyncio.run(fill())
    return tmp_path


def test_the_verdict_comes_first_then_steps_then_lines(shop: Service):
    result = clew("trace", invented.FAILED, "--url", shop.url)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0] == invented.FAILED
    assert lines[1].startswith("✗ FAILED at step 4 of 4 · payment · pod payment-7d9f8c6b5-x2x9k")
    assert lines[2] == "  told again by order, gateway"
    assert "silent: shipping · 1 line quarantined" in lines[3]
    assert lines[5].split() == ["#", "SERVICE", "POD", "START", "DURATION", "LINES", "ERRORS"]
    assert lines[9].split()[:3] == ["✗", "4", "payment"]
    assert "✗ 08:42:11.077 payment error payment failed" in lines
    assert "    \tat com.shop.payment.Issuer.charge(Issuer.java:88)" in lines
    assert any("[quarantined: invalid_json] {" in line for line in lines)
    assert "\x1b" not in result.stdout


def test_json_is_the_answer_of_the_api(shop: Service):
    result = clew("trace", invented.FAILED, "--json", CLEW_URL=shop.url)
    ours = json.loads(result.stdout)
    theirs = shop.get(f"/api/transactions/{invented.FAILED}").json()
    for answer in (ours, theirs):
        del answer["completeness"]["visible_up_to"]  # each is of its own moment
    assert ours == theirs


def test_a_data_folder_gives_the_same_answer_without_a_service(shop: Service, data: Path):
    over_http = json.loads(clew("trace", invented.FAILED, "--json", "--url", shop.url).stdout)
    directly = json.loads(clew("trace", invented.FAILED, "--json", "--data", str(data)).stdout)
    for answer in (over_http, directly):
        del answer["completeness"]["visible_up_to"]
    assert directly == over_http


def test_a_data_folder_says_what_its_agents_reported(data: Path):
    """Also while nothing runs: what an agent said last stands beside the documents."""

    async def say() -> None:
        state = await EmbeddedStateStore.open(data / "store", writable=True)
        late = report("node-3", invented.START - 67 * SECOND)
        key = report_key(late.agent, late.node)
        assert await state.put_if(key, encode_report(late), version=None)
        await state.close()

    asyncio.run(say())
    result = clew("trace", invented.FAILED, "--data", str(data))
    assert "1 agent behind: node-3 (since 08:41:02)" in result.stdout.splitlines()[3]


SAMPLES = range(invented.START - 20 * EVERY, invented.START + 20 * EVERY, EVERY)


def test_how_busy_the_nodes_were_stands_below_the_steps(data: Path):
    """Out of a service as out of a data folder, in text as in JSON."""

    async def fill() -> None:
        store = await EmbeddedSeriesStore.open(data / "store", writable=True)
        await store.write(list(scrapes("node-a", SAMPLES, busy=0.4)), Deadline.after(60))
        await store.close()

    asyncio.run(fill())
    samples = series_with(scrapes("node-a", SAMPLES, busy=0.4))
    with serving(memory_store(invented.shop_documents()), series=samples) as service:
        for way in (("--url", service.url), ("--data", str(data))):
            lines = clew("trace", invented.FAILED, *way).stdout.splitlines()
            assert lines[9].split()[:3] == ["✗", "4", "payment"]
            assert lines[10:12] == ["  node-a: CPU 40 % · memory 60 %", ""]
            answer = json.loads(clew("trace", invented.FAILED, "--json", *way).stdout)
            [node] = answer["nodes"]
            assert node["cpu_busy_share"] == {"mean": 0.4, "max": 0.4}


def test_samples_that_can_not_be_read_are_said_and_cost_nothing_else(data: Path):
    """Here the file of the samples is none of SQLite's."""
    (data / "store" / "series.sqlite").write_text("no database, but as long as one " * 100)
    result = clew("trace", invented.FAILED, "--data", str(data))
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[1].startswith("✗ FAILED at step 4 of 4")
    assert "  how busy the nodes were can't be read now" in lines


def test_an_unknown_id_is_a_sentence_and_exit_code_1(shop: Service):
    result = clew("trace", "nobody", "--url", shop.url)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "clew: no line has the ID 'nobody'\n"
    result = clew("trace", "nobody", "--json", "--url", shop.url)
    assert (result.returncode, json.loads(result.stdout)) == (1, {"id": "nobody", "lines": []})


@pytest.mark.parametrize("identifier", [invented.AWKWARD, invented.HOSTILE])
def test_any_characters_may_stand_in_an_id(shop: Service, identifier: str):
    result = clew("trace", identifier, "--json", "--url", shop.url)
    assert json.loads(result.stdout)["id"] == identifier


def test_hostile_lines_cannot_write_to_the_terminal(shop: Service):
    """Escape codes in a log could retitle, recolour or clear the screen of who reads it."""
    result = clew("trace", invented.HOSTILE, "--url", shop.url)
    assert "␛]0;broken out␇␛[2J" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_hub_is_a_list_of_traces(shop: Service):
    result = clew("trace", invented.HUB, "--url", shop.url)
    assert "300 traces carry this ID: choose one" in result.stdout
    assert result.stdout.count("\n  0000000000000000") == invented.HUB_TRACES


def test_a_hub_of_mentions_is_a_list_of_traces_without_a_verdict(shop: Service):
    """Nobody carries the ID: that no step failed would be said of nothing."""
    result = clew("trace", invented.MENTIONED, "--url", shop.url)
    assert "300 traces mention this ID: choose one" in result.stdout
    assert result.stdout.count("\n  0000000000000000") == invented.HUB_TRACES
    assert "No step failed" not in result.stdout


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What the command writes where standard output is a terminal, 80 columns wide."""
    ours, theirs = pty.openpty()
    inherited = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    command = [sys.executable, "-P", "-m", "clew", *arguments]
    env = inherited | {"COLUMNS": "80", "TERM": "xterm"} | environment
    with subprocess.Popen(command, stdout=theirs, env=env) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not piece:
                break
            written += piece
        assert process.wait(60) == 0
    os.close(ours)
    return written.decode()


def test_a_terminal_gets_colours_unless_it_asks_for_none(shop: Service):
    arguments = ("trace", invented.FAILED, "--url", shop.url)
    assert "\x1b[31m\x1b[1m✗ FAILED" in on_a_terminal(*arguments)
    assert "\x1b" not in on_a_terminal(*arguments, NO_COLOR="1")


def test_a_terminal_gets_lines_as_wide_as_it_is_but_failures_whole():
    shop = invented.Shop()
    shop.say("cart", 0, "long " * 50, trace_id="a" * 32)
    shop.say("cart", 1, "failed " * 50, trace_id="a" * 32, **invented.ERROR)
    with serving(memory_store(shop.documents)) as service:
        written = on_a_terminal("trace", "a" * 32, "--url", service.url, NO_COLOR="1")
    (long,) = [line for line in written.splitlines() if "long long" in line]
    assert len(long) <= 80
    assert long.endswith("…")
    assert ("failed " * 50).strip() in written


def test_a_service_that_is_not_there_is_named_with_the_ways_out():
    result = clew("trace", "x", "--url", "http://127.0.0.1:1")
    assert result.returncode == 1
    assert "no query service answers at http://127.0.0.1:1" in result.stderr
    assert all(way in result.stderr for way in ("`clew up`", "--url", "--data"))


def test_a_data_folder_without_a_store_is_a_sentence(tmp_path: Path):
    result = clew("trace", "x", "--data", str(tmp_path))
    assert result.returncode == 1
    assert f"there is no store in {tmp_path}" in result.stderr


def test_a_token_is_asked_for_and_taken_from_a_file(tmp_path: Path):
    token = tmp_path / "token"
    token.write_text("secret\n")
    with serving(memory_store(invented.shop_documents()), token_file=token) as service:
        refused = clew("trace", invented.FINE, CLEW_URL=service.url)
        assert refused.returncode == 1
        assert "--token-file" in refused.stderr
        allowed = clew("trace", invented.FINE, CLEW_URL=service.url, CLEW_TOKEN_FILE=str(token))
        assert allowed.returncode == 0


def test_help_has_examples():
    result = clew("trace", "--help")
    assert result.returncode == 0
    assert "clew trace ORDER-4711 --data" in result.stdout


def test_asking_over_http_loads_nothing_heavy(shop: Service):
    """Start-up time is imports: the first output has to come within 250 ms."""
    script = (
        "import sys; from clew.cli import cli;"
        f"cli(['trace', {invented.FAILED!r}, '--url', {shop.url!r}], standalone_mode=False);"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stderr == "[]\n"
