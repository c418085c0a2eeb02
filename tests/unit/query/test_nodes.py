from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.errors import TransientError
from clew.schema.sample import Labels
from clew.schema.timestamps import SECOND, format_rfc3339
from clew.store.protocols import Selection, Series
from query.models import NodeHistory, NodesAnswer, TransactionAnswer
from tests.support import invented
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.node_samples import CPUS, EVERY, MEMORY, scrapes, series_with
from tests.support.query_service import Service, memory_store, serving
from tests.support.reports import report

HOSTILE = '<b>"no&de\x1b.json'
HOUR = 3600 * SECOND


@pytest.fixture(scope="module")
def now() -> int:
    return SYSTEM_CLOCK.now()


@pytest.fixture(scope="module")
def service(now: int) -> Iterator[Service]:
    """A busy node, one that has gone silent, and one with a hostile name in a cluster."""
    last = now - SECOND
    times = range(last - 100 * EVERY, last + 1, EVERY)
    samples = series_with(
        scrapes("node-1", times, busy=0.95),
        scrapes("node-2", times[:40]),
        scrapes(HOSTILE, times, busy=0.03, cluster="a b"),
    )
    told = [report("node-1", now - 7 * SECOND, time=now)]
    with serving(memory_store([]), told, series=samples) as service:
        yield service


def said(service: Service, path: str) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<title>.*?</title>", " ", service.get(path).text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_api_lists_nodes_with_their_latest_figures(service: Service, now: int):
    answer = service.get("/api/nodes").json()
    NodesAnswer.model_validate(answer)
    nodes = {node["node"]: node for node in answer["nodes"]}
    assert list(nodes) == [HOSTILE, "node-1", "node-2"]
    busy = nodes["node-1"]
    assert busy["last_seen"] == format_rfc3339(now - SECOND)
    assert busy["delivered_up_to"] == format_rfc3339(now - 7 * SECOND)
    assert (busy["cpus"], busy["memory_total_bytes"]) == (CPUS, MEMORY)
    assert busy["cpu_busy_share"] == pytest.approx(0.95)
    assert busy["network_received_bytes_per_second"] == pytest.approx(950_000)
    silent = nodes["node-2"]
    assert (silent["cpu_busy_share"], silent["delivered_up_to"]) == (None, None)


def test_the_page_lists_them_and_marks_what_needs_a_look(service: Service):
    text = said(service, "/nodes")
    assert "3 nodes of the last hour · ! 1 silent" in text
    assert "node-1 2 CPUs ! 95 % 74 % 5.9 of 8 GiB 1.9" in text
    assert re.search(r"node-2 2 CPUs · · · · · ! 15 min ago", text)


def test_the_api_gives_lines_over_a_time(service: Service, now: int):
    answer = service.get("/api/nodes/node-1?since=15m").json()
    NodeHistory.model_validate(answer)
    busy = answer["curves"]["cpu_busy_share"]
    assert (busy["latest"], busy["mean"], busy["most"]) == (pytest.approx(0.95),) * 3
    assert 55 <= len(busy["points"]) <= 60
    assert busy["points"][-1] == [format_rfc3339(now - SECOND), pytest.approx(0.95)]


def test_the_twins_of_the_pages_are_the_same_answers(service: Service):
    assert service.get("/nodes.json").json() == service.get("/api/nodes").json()
    bounds = "?since=2023-01-29&until=2023-01-30"
    twin, answer = (service.get(f"{p}{bounds}") for p in ("/nodes/x.json", "/api/nodes/x"))
    assert twin.json() == answer.json()


def test_the_page_of_a_node_has_its_charts(service: Service):
    text = said(service, "/nodes/node-1")
    for figures in (
        "CPU 95 % busy",
        "Memory 5.9 of 8 GiB · 74 %",
        "Load 1.9 on 2 CPUs",
        "Disks 238 kB/s read · 950 kB/s written",
        "Network 950 kB/s in · 317 kB/s out",
    ):
        assert figures in text
    assert "2 CPUs · 8 GiB of memory · up" in text
    page = service.get("/nodes/node-1").text
    assert page.count('class="plot"') == 5
    assert re.search(r"<title>\d{4}-\d\d-\d\d [\d:]+ · busy 95 % · waiting for disks", page)
    assert 'data-live="15"' in page
    assert 'data-live="15"' not in service.get("/nodes/node-1?until=now").text


def test_any_name_has_its_page_and_stays_text(service: Service):
    listed = service.get("/nodes").text
    [link] = re.findall(r'href="(/nodes/%3Cb[^"]*)"', listed)
    assert link == "/nodes/%3Cb%3E%22no%26de%1B%2Ejson?cluster=a+b"
    page = service.get(link)
    assert page.status == 200
    for text in (listed, page.text):
        assert '<b>"no' not in text
        assert "\x1b" not in text
    assert service.get(link.replace("/nodes/", "/api/nodes/")).json()["node"] == HOSTILE


@pytest.mark.parametrize("path", ["/nodes/nobody", "/nodes/nobody.json", "/api/nodes/nobody"])
def test_an_unknown_node_is_404_with_a_sentence(service: Service, path: str):
    reply = service.get(path)
    assert reply.status == 404
    assert "No node" in reply.text
    assert "was sampled in this time, or within 31 days before it" in reply.text


def test_a_path_that_is_no_form_of_a_node_is_404(service: Service):
    assert service.get("/nodes/node-1.ndjson").status == 404
    assert service.get("/nodes/").status == 404


def test_a_node_without_samples_in_this_time_has_a_page_that_says_where_to_look(service: Service):
    until = format_rfc3339(SYSTEM_CLOCK.now() + HOUR)
    reply = service.get(
        f"/nodes/node-1?since={format_rfc3339(SYSTEM_CLOCK.now() + 60 * SECOND)}&until={until}"
    )
    assert reply.status == 200
    assert "No samples in this time" in reply.text
    assert "/nodes/node-1?since=24h" in reply.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "since: not a time"),
        ("since=1h&until=2h", "since: is not before the end"),
        ("since=32d", "at most 31 days"),
    ],
)
def test_a_time_that_can_not_be_is_told(service: Service, query: str, sentence: str):
    for path in ("/nodes/node-1", "/api/nodes/node-1"):
        reply = service.get(f"{path}?{query}")
        assert reply.status == 400
        assert sentence in reply.text


def test_without_nodes_the_page_says_how_to_have_some():
    with serving(memory_store([])) as service:
        text = said(service, "/nodes")
    assert "No node was sampled within the last hour" in text
    assert "clew up --demo" in text


def test_with_agents_but_without_samples_the_page_says_what_to_look_at(now: int):
    with serving(memory_store([]), [report("node-1", now, time=now)]) as service:
        assert "1 agent did report, so look at agent.metrics" in said(service, "/nodes")


class FailingStore(MemorySeriesStore):
    """A store behind a network that is down: no real one can be made to be that on demand."""

    async def select(self, selection: Selection) -> list[Series]:
        raise TransientError("no node answers", retry_after=7)

    async def targets(self, selection: Selection) -> list[Labels]:
        raise TransientError("no node answers", retry_after=7)


def test_a_store_of_samples_that_fails_costs_no_transaction_its_answer():
    with serving(memory_store(invented.shop_documents()), series=FailingStore()) as service:
        page, answer = (
            service.get(f"{p}/{invented.FAILED}") for p in ("/transactions", "/api/transactions")
        )
        assert service.get("/api/nodes").status == 503
    assert (page.status, answer.status) == (200, 200)
    assert "How busy the nodes were is not known" in page.text
    assert answer.json()["nodes"] is None
    TransactionAnswer.model_validate(answer.json())


def test_a_transaction_says_how_busy_its_nodes_were(shop: Service):
    answer = shop.get(f"/api/transactions/{invented.FAILED}").json()
    assert answer["nodes"] == [
        {
            "node": "node-a",
            "cpu_busy_share": {"mean": 0.4, "max": 0.4},
            "memory_used_share": {"mean": 0.6, "max": 0.6},
            "samples": 2,
        }
    ]


def test_a_transaction_that_has_just_ended_is_told_to_wait_for_its_cpu():
    """The next sample tells; one before which nothing was sampled is told there is none."""
    around = range(invented.START - 20 * EVERY + SECOND, invented.START + 20 * EVERY, EVERY)
    before, after = around[:20], around[26:]
    for times, sentence in ((before, "node-a not known yet 60 %"), (after, "node-a no samples no")):
        store = series_with(scrapes("node-a", times, busy=0.4))
        with serving(memory_store(invented.shop_documents()), series=store) as service:
            assert sentence in said(service, f"/transactions/{invented.FAILED}")


def test_a_transaction_without_samples_shows_no_empty_table(large: Service):
    assert 'id="nodes"' not in large.get(f"/transactions/{invented.LONG}").text
