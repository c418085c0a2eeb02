from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from tests.support.command_line import clew
from tests.support.conforming import conforming_documents
from tests.support.query_service import memory_store, serving

TIME = ("--since", "2023-01-29T12:00:00Z", "--until", "2023-01-29T14:00:00Z")


@pytest.fixture(params=["service", "data"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Services behind a query service, and in a folder that is asked itself."""

    async def write() -> None:
        store = await EmbeddedLogStore.open(tmp_path / "store", writable=True)
        await store.write(conforming_documents(), Deadline.after(60))
        await store.close()

    if request.param == "data":
        asyncio.run(write())
        yield "--data", str(tmp_path)
    else:
        with serving(memory_store(conforming_documents())) as service:
            yield "--url", service.url


def test_the_list_says_what_is_wrong_with_whom(source: tuple[str, str]):
    result = clew("conformance", *TIME, *source)
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "SERVICE  LINES  CANONICAL  CHANGE  TRANSLATED  REFUSED  WANTING  TRACE",
        (
            "payment     11       55 %   +29.5        18 %        3        3   55 %"
            "  missing_field:trace.id 3, invalid_json 2, duplicate_key 1"
        ),
        "cart        10      100 %                 0 %                    100 %",
        "legacy       3        0 %               100 %                      0 %",
    ]


def test_a_service_is_told_with_lines_that_offend_and_what_to_do(source: tuple[str, str]):
    result = clew("conformance", "payment", *TIME, *source)
    assert result.returncode == 0
    assert "  11 lines · 55 % canonical (+29.5 points) · 55 % with a trace" in result.stdout
    assert "  translated from: pino 2" in result.stdout
    assert "  quarantined for: invalid_json 2, duplicate_key 1" in result.stdout
    assert "! invalid_json · 2 lines\n  Write one whole object a line" in result.stdout
    assert (
        "logger com.shop.Refunds · 2 lines · missing_field:trace.id\n"
        "  2023-01-29 12:00:01.000 refunded\n"
    ) in result.stdout


def test_json_is_what_the_api_gives(source: tuple[str, str]):
    board = json.loads(clew("conformance", "--json", *TIME, *source).stdout)
    assert [each["service"] for each in board["services"]] == ["payment", "cart", "legacy"]
    one = json.loads(clew("conformance", "payment", "--json", *TIME, *source).stdout)
    assert one["lines"] == board["services"][0]["lines"] == 11
    assert sum(step["lines"] for step in one["course"]) == 11


def test_a_namespace_narrows_it(source: tuple[str, str]):
    result = clew("conformance", "--namespace", "bank", *TIME, *source)
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["SERVICE", "legacy"]


def test_where_there_is_no_line_it_is_said(source: tuple[str, str]):
    none = clew("conformance", "--since", "1h", *source)
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr == "clew: no service has a line in this time\n"
    unknown = clew("conformance", "nobody", *TIME, *source)
    assert unknown.returncode == 1
    assert unknown.stderr == "clew: the service 'nobody' has no line in this time\n"
    assert clew("conformance", "--since", "yesterdayish", *source).returncode == 2
