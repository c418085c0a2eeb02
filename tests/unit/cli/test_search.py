from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from clew.cli.search import PAGE_LINES
from clew.runtime.clock import Deadline
from clew.schema.timestamps import SECOND
from clew.store.embedded.log_store import EmbeddedLogStore
from tests.support import invented
from tests.support.command_line import clew
from tests.support.query_service import Service, memory_store, serving
from tests.support.reports import report


def test_lines_have_time_service_level_message_and_transaction(shop: Service):
    result = clew("search", "level:error service:order", "--url", shop.url)
    assert result.returncode == 0
    assert result.stdout == (
        "2023-01-29 08:42:11.084 order error payment said 502, giving the articles back "
        "(ORDER-4711)\n"
    )


def test_json_is_one_object_a_line(shop: Service):
    result = clew("search", "ORDER-4711", "--json", "--url", shop.url)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["clew.transaction"] for line in lines} == {invented.FAILED}
    assert all(not line["quarantined"] and line["id"] for line in lines)


def test_a_limit_is_kept_across_pages_and_zero_is_all(shop: Service):
    limited = clew("search", "row", "--limit", str(PAGE_LINES + 1), "--json", "--url", shop.url)
    whole = clew("search", "row", "--limit", "0", "--json", "--url", shop.url)
    ids = [json.loads(line)["id"] for line in whole.stdout.splitlines()]
    assert len(ids) == len(set(ids)) == invented.LONG_LINES
    assert [json.loads(line)["id"] for line in limited.stdout.splitlines()] == ids[: PAGE_LINES + 1]


def test_a_data_folder_is_searched_without_a_service(tmp_path: Path):
    async def fill() -> None:
        store = await EmbeddedLogStore.open(tmp_path / "store", writable=True)
        await store.write(invented.long_documents(), Deadline.after(60))
        await store.close()

    asyncio.run(fill())
    whole = clew("search", "row", "--limit", "0", "--json", "--data", str(tmp_path))
    assert whole.stdout.count("\n") == invented.LONG_LINES
    until = "2023-01-29T08:42:09.010Z"
    some = clew("search", "row", "--until", until, "--json", "--data", str(tmp_path))
    assert some.stdout.count("\n") == 10


def test_a_query_that_cannot_be_read_is_pointed_at_with_exit_code_2(shop: Service, tmp_path: Path):
    (tmp_path / "store").mkdir()
    for source in (("--url", shop.url), ("--data", str(tmp_path))):
        result = clew("search", "level:eror AND (", *source)
        assert result.returncode == 2
        query, caret, message = result.stderr.splitlines()
        assert query[caret.index("^")] == "e"
        assert "Did you mean `error`?" in message


def test_a_time_that_cannot_be_read_is_wrong_usage():
    result = clew("search", "x", "--since", "yesterdayish")
    assert result.returncode == 2
    assert "--since" in result.stderr
    assert "`15m`" in result.stderr


def test_no_match_is_exit_code_1(shop: Service):
    result = clew("search", "nosuchword", "--url", shop.url)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "clew: no line matches\n"


def test_what_may_be_missing_is_said_on_standard_error(shop: Service):
    """After the lines, which stay pure; not where it is not wanted, nor without a doubt."""
    late = report("node-3", invented.START - 67 * SECOND)
    with serving(memory_store(invented.shop_documents()), [late]) as service:
        asked = ("search", "ORDER-4711", "--json", "--url", service.url)
        told, quiet, nothing = (
            clew(*asked),
            clew(*asked, "--quiet"),
            clew("search", "nosuchword", *asked[2:]),
        )
    assert told.stderr == (
        "clew: some lines may be missing: 1 agent behind: node-3 (since 2023-01-29 08:41:02)\n"
    )
    assert [json.loads(line)["id"] for line in told.stdout.splitlines()]
    assert (quiet.stdout, quiet.stderr) == (told.stdout, "")
    assert nothing.stderr.startswith("clew: no line matches\nclew: some lines may be missing: ")
    assert clew("search", "ORDER-4711", "--url", shop.url).stderr == ""


def test_a_reader_that_leaves_early_is_no_failure(shop: Service):
    """As `clew search ... | head -1` does: no traceback, exit code 0."""
    command = [sys.executable, "-P", "-m", "clew", "search", "row", "--limit", "0", "--json"]
    process = subprocess.Popen(
        [*command, "--url", shop.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'{"id"')
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
    process.stderr.close()
