"""What an agent says of itself, and what becomes of it when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web
from prometheus_client import REGISTRY

import agent.app
from agent.config import AgentConfig
from agent.delivery import Delivery
from agent.ledger import Gap, GapReason
from agent.reporting import GAPS_REPORTED, Reporter, build_report
from agent.shedding.kinds import Kind
from agent.shedding.spans import SPANS_KEPT, ShedSpan
from agent.sweep import Sweeper
from bench.inputs import canonical_lines, write_cri
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.wire.batch import Answer, PartAnswer, decode_batch, encode_answer
from clew.wire.report import (
    REPORT_BYTES,
    Report,
    ReportedGap,
    ReportedShed,
    decode_report,
    encode_report,
)
from tests.support.documents import NOON
from tests.support.memory_collector import send_everything
from tests.support.node import Node
from tests.support.shedding import range_without

LINES = 300


def reported(sweeper: Sweeper, cluster: str = "") -> Report:
    return build_report(sweeper, "here", cluster, NOON + 5, ended=False)


def test_a_report_says_where_the_agent_stands(node: Node):
    log = node.log()
    log.write(b"one")
    log.append(b"torn")
    sweeper = node.sweeper()
    assert reported(sweeper).delivered_up_to == 0
    send_everything(sweeper, node.collector)
    assert reported(sweeper) == Report("here", "here", NOON + 5, NOON, 4, 0, 0, 0)


def test_nodes_of_two_clusters_may_share_a_name(node: Node):
    report = reported(node.sweeper(), "east")
    assert (report.agent, report.node) == ("east/here", "here")


def test_of_many_gaps_the_latest_are_reported_and_the_sums_have_all(node: Node):
    sweeper = node.sweeper()
    for number in range(GAPS_REPORTED + 1):
        sweeper.ledger.add_gap(Gap("shop_a_u/a/0", "/x", 10, 30, GapReason.DELETED, number))
    report = reported(sweeper)
    assert (report.gap_count, report.gap_bytes) == (GAPS_REPORTED + 1, 20 * (GAPS_REPORTED + 1))
    assert len(report.gaps) == GAPS_REPORTED
    assert report.gaps[-1] == ReportedGap("shop_a_u/a/0", "/x", 20, "deleted", GAPS_REPORTED)


def test_what_nobody_saw_is_at_least_so_much(node: Node):
    sweeper = node.sweeper()
    sweeper.ledger.add_gap(Gap("shop_a_u/a/0", "/x", 10, 10, GapReason.UNSEEN, 7))
    assert reported(sweeper).gaps == [
        ReportedGap("shop_a_u/a/0", "/x", 0, "unseen", 7, at_least=True)
    ]


def test_what_was_left_out_on_purpose_is_reported(node: Node):
    sweeper = node.sweeper()
    span = ShedSpan("shop_a_u/a/0", "/x", "debug", Kind.DEBUG, 3, 9, 4, 400)
    sweeper.ledger.add(range_without([span]), PartAnswer(10))
    report = reported(sweeper)
    assert (report.shed_lines, report.shed_bytes) == (4, 400)
    assert report.shed == [ReportedShed("shop_a_u/a/0", "debug", "debug", 3, 9, 4, 400)]
    assert decode_report(encode_report(report)) == report


def test_a_report_of_an_agent_that_sheds_fits_however_long_it_does(node: Node):
    """With the longest names that Kubernetes allows."""
    sweeper = node.sweeper()
    for number in range(5 * SPANS_KEPT):
        container = f"{'n' * 63}_{'p' * 253}_{'u' * 64}/{'c' * 63}/{number}"
        span = ShedSpan(container, "/x", "r" * 40, Kind.DEBUG, number, number, 1, 10)
        sweeper.ledger.add(range_without([span]), PartAnswer(10))
    assert len(encode_report(reported(sweeper))) < REPORT_BYTES // 10


class Collector:
    """Takes every batch, and answers reports with `statuses`, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.address = Address("127.0.0.1", free_port("127.0.0.1"))
        self.reports: list[Report] = []
        self.batches = 0
        self.heard = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**26)
        app.router.add_get("/v1/store", self._store)
        app.router.add_post("/v1/batches", self._batch)
        app.router.add_post("/v1/reports", self._report)
        return app

    async def _store(self, _: web.Request) -> web.Response:
        return web.json_response({"store": "one"})

    async def _batch(self, request: web.Request) -> web.Response:
        self.batches += 1
        parts = decode_batch(await request.read(), 2**26).parts
        answers = [PartAnswer(part.end, indexed=len(part.transactions)) for part in parts]
        return web.Response(body=encode_answer(Answer(answers, "one")))

    async def _report(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer s3cret"
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.reports.append(decode_report(await request.read()))
        self.heard.set()
        return web.Response(status=status)


def follow(
    folder: Path, collector: Collector, *, once: bool, stop_when: Callable[[Collector], bool]
) -> int:
    """The exit code of an agent that is asked to stop when something is so."""
    (folder / "token").write_text("s3cret")
    config = AgentConfig(
        logs=[folder / "logs"],
        data=folder / "data",
        collector_url=collector.address.url,
        token_file=folder / "token",
        listen=f"127.0.0.1:{free_port('127.0.0.1')}",
        node="here",
        look_interval_seconds=0.02,
        report_interval_seconds=0.02,
    )

    async def ask_to_stop(stop: asyncio.Event) -> None:
        while not stop_when(collector):
            collector.heard.clear()
            await collector.heard.wait()
        stop.set()

    async def run() -> int:
        stop = asyncio.Event()
        async with serving(collector.app(), collector.address), asyncio.TaskGroup() as group:
            asking = group.create_task(ask_to_stop(stop))
            code = await agent.app.run(config, stop, once=once)
            asking.cancel()
        return code

    return asyncio.run(run())


def write_logs(folder: Path) -> None:
    write_cri(folder / "logs" / "node-0" / "var/log/pods", canonical_lines(LINES, 0))


def test_an_agent_reports_until_it_is_stopped_and_once_more(tmp_path: Path):
    """It says when everything is stored, and its last word is that it stopped."""
    write_logs(tmp_path)
    collector = Collector(204)

    def known(collector: Collector) -> bool:
        return any(report.delivered_up_to for report in collector.reports)

    assert follow(tmp_path, collector, once=False, stop_when=known) == 0
    *_, last = collector.reports
    assert last.ended
    assert last.delivered_up_to > 0
    times = [report.time for report in collector.reports]
    assert times == sorted(times)


def test_an_agent_that_reads_everything_once_says_so_at_its_end(tmp_path: Path):
    write_logs(tmp_path)
    collector = Collector(204)
    assert follow(tmp_path, collector, once=True, stop_when=lambda _: False) == 0
    *_, last = collector.reports
    assert (last.ended, last.unread_bytes) == (True, 0)
    assert 0 < last.delivered_up_to <= last.time


def test_a_collector_that_takes_no_reports_still_gets_the_lines(tmp_path: Path):
    """One of an older version: every line is stored, and the exit code says so."""
    write_logs(tmp_path)
    collector = Collector(404)
    assert follow(tmp_path, collector, once=True, stop_when=lambda _: False) == 0
    assert collector.batches > 0


def test_after_a_failure_the_next_report_is_taken(tmp_path: Path):
    collector = Collector(503, 204)
    (tmp_path / "logs").mkdir()

    def taken(collector: Collector) -> bool:
        return len(collector.reports) >= 2

    assert follow(tmp_path, collector, once=False, stop_when=taken) == 0


def test_a_collector_that_is_gone_is_counted_and_disturbs_nobody():
    """The last report is given up, and the agent ends."""

    async def build(last: bool) -> Report:
        return Report("a", "a", 1, 0, 0, 0, 0, 0, ended=last)

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await Reporter(Delivery(session, "http://127.0.0.1:1", "", 1.0), build, 1).end()

    def failed() -> float:
        return REGISTRY.get_sample_value("clew_agent_reports_total", {"answer": "failed"}) or 0

    before = failed()
    asyncio.run(run())
    assert failed() == before + 1
