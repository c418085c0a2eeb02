"""The agent's process against a collector that is not always kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from aiohttp import web

import agent.app
from agent.app import SUMMARY
from agent.config import AgentConfig
from bench.inputs import canonical_lines, write_cri
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.wire.batch import Answer, Batch, PartAnswer, decode_batch, encode_answer
from tests.support.bad_disk import flip_bit

LINES = 300
Judge = Callable[[Batch], web.Response | None]


class Collector:
    """Acknowledges every part, unless `judge` has another answer."""

    def __init__(self, judge: Judge, away: Sequence[int]) -> None:
        self._judge, self._away = judge, list(away)
        self.address = Address("127.0.0.1", free_port("127.0.0.1"))
        self.store = "one"
        self.answers: list[int] = []
        self.acknowledged: list[tuple[str, int, int]] = []

    async def post(self, request: web.Request) -> web.Response:
        batch = decode_batch(await request.read(), 2**26)
        response = self._judge(batch) or self._take(batch)
        self.answers.append(response.status)
        return response

    def _take(self, batch: Batch) -> web.Response:
        self.acknowledged += [(part.path, part.start, part.end) for part in batch.parts]
        parts = [PartAnswer(part.end, indexed=len(part.transactions)) for part in batch.parts]
        return web.Response(body=encode_answer(Answer(parts, self.store)))

    async def get_store(self, _: web.Request) -> web.Response:
        if self._away:
            return web.Response(status=self._away.pop(0))
        return web.json_response({"store": self.store})


def write_logs(folder: Path, pods: int = 1) -> None:
    for pod in range(pods):
        write_cri(folder / "logs" / f"node-{pod}" / "var/log/pods", canonical_lines(LINES, pod))


def follow_once(
    folder: Path,
    judge: Judge,
    store: str = "one",
    *,
    away: Sequence[int] = (),
    stopped: bool = False,
) -> tuple[int, Collector]:
    """
    The agent's exit code after it has read what there is, and what it met.

    `away` are statuses that it gets first when it asks for the store; `stopped`: it is asked to
    stop before it begins.
    """
    collector = Collector(judge, away)
    collector.store = store
    config = AgentConfig(
        logs=[folder / "logs"],
        data=folder / "data",
        collector_url=collector.address.url,
        listen=f"127.0.0.1:{free_port('127.0.0.1')}",
    )

    async def run() -> int:
        stop = asyncio.Event()
        if stopped:
            stop.set()
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/batches", collector.post)
        app.router.add_get("/v1/store", collector.get_store)
        async with serving(app, collector.address):
            return await agent.app.run(config, stop, once=True)

    return asyncio.run(run()), collector


def follow_until(
    folder: Path, judge: Callable[[Batch, asyncio.Event], web.Response | None]
) -> Collector:
    """What an agent met that followed the files until `judge` let it stop."""
    stops: list[asyncio.Event] = []
    collector = Collector(lambda batch: judge(batch, stops[0]), ())
    config = AgentConfig(
        logs=[folder / "logs"],
        data=folder / "data",
        collector_url=collector.address.url,
        listen=f"127.0.0.1:{free_port('127.0.0.1')}",
    )

    async def run() -> None:
        stops.append(asyncio.Event())
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/batches", collector.post)
        app.router.add_get("/v1/store", collector.get_store)
        async with serving(app, collector.address), asyncio.timeout(30):
            await agent.app.run(config, stops[0])

    asyncio.run(run())
    return collector


def answer_first(*statuses: int) -> Judge:
    """These statuses first, then what is right."""
    left = list(statuses)
    return lambda batch: web.Response(status=left.pop(0), text="no") if left else None


def test_a_batch_that_is_not_taken_now_is_sent_again(tmp_path: Path):
    """Busy, gone, a wrong token: the same range comes again until it is taken, and once only."""
    write_logs(tmp_path)
    code, collector = follow_once(tmp_path, answer_first(429, 503, 401, 408))
    assert code == 0
    assert collector.answers == [429, 503, 401, 408, 200]
    [(_, start, _)] = collector.acknowledged
    assert start == 0


def test_a_batch_that_rots_while_it_waits_is_read_again(tmp_path: Path):
    """It keeps no place for ever: the import ends, with every line once."""
    write_logs(tmp_path, pods=2)
    slot = tmp_path / "data" / "outbox" / "0.slot"

    def hold_one_and_rot(batch: Batch) -> web.Response | None:
        if slot.with_suffix(".damaged").exists() or len(batch.parts) < 2:
            return None
        flip_bit(slot)
        parts = [PartAnswer(part.start, error="busy") for part in batch.parts]
        return web.Response(body=encode_answer(Answer(parts, "one")))

    code, collector = follow_once(tmp_path, hold_one_and_rot)
    assert code == 0
    assert slot.with_suffix(".damaged").exists()
    paths = [path for path, _, _ in collector.acknowledged]
    assert len(paths) == len(set(paths)) == 2


def test_a_batch_that_is_too_large_is_halved_until_it_is_taken(tmp_path: Path):
    """413 for more than one part: four files go one by one, each of them once."""

    def one_part_only(batch: Batch) -> web.Response | None:
        return web.Response(status=413) if len(batch.parts) > 1 else None

    write_logs(tmp_path, pods=4)
    code, collector = follow_once(tmp_path, one_part_only)
    assert code == 0
    assert 413 in collector.answers
    paths = [path for path, _, _ in collector.acknowledged]
    assert len(paths) == len(set(paths)) == 4


def test_an_answer_that_is_none_is_not_believed(tmp_path: Path):
    """200 with a page of a proxy acknowledges nothing."""
    write_logs(tmp_path)
    first = [web.Response(text="<html>welcome</html>")]
    code, collector = follow_once(tmp_path, lambda batch: first.pop() if first else None)
    assert code == 0
    assert collector.answers == [200, 200]
    assert len(collector.acknowledged) == 1


def test_another_store_gets_everything_from_the_beginning(tmp_path: Path):
    """A checkpoint is about one store: the same store gets nothing twice, another one all of it."""
    write_logs(tmp_path)
    _, first = follow_once(tmp_path, answer_first())
    _, again = follow_once(tmp_path, answer_first())
    _, other = follow_once(tmp_path, answer_first(), store="another")
    assert len(first.acknowledged) == 1
    assert again.acknowledged == []
    assert other.acknowledged == first.acknowledged


def test_a_summary_that_cannot_be_written_is_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """Everything is stored: the exit code says so, the log has the reason, no half file is left."""
    write_logs(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "summary.json.new").mkdir()
    code, _ = follow_once(tmp_path, answer_first())
    assert code == 0
    assert "the summary of the import can't be written: " in caplog.text
    assert not (tmp_path / "data" / SUMMARY).exists()


def test_a_collector_that_is_not_asked_for_batches_yet_is_not_said_to_refuse_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """At the start only the store is asked for: that is what the warning is about."""
    write_logs(tmp_path)
    code, collector = follow_once(tmp_path, answer_first(), away=[503])
    assert (code, collector.answers) == (0, [200])
    assert "nothing is sent before the collector has told its store: " in caplog.text
    assert "batch" not in caplog.text


def test_an_import_that_is_stopped_before_its_first_look_is_not_complete(tmp_path: Path):
    """That no file was seen is not said of the files: nobody has looked."""
    write_logs(tmp_path)
    code, collector = follow_once(tmp_path, answer_first(), stopped=True)
    assert (code, collector.acknowledged) == (1, [])
    summary = json.loads((tmp_path / "data" / SUMMARY).read_bytes())
    assert (summary["files"], summary["balanced"]) == (0, False)


def test_a_part_that_is_never_taken_is_found_and_the_others_arrive(tmp_path: Path):
    """400 for whatever has it in it: the batch is halved until it stands alone, and rests there."""
    write_logs(tmp_path, pods=4)
    arrived: set[str] = set()

    def no_poison(batch: Batch, stop: asyncio.Event) -> web.Response | None:
        paths = {part.path for part in batch.parts}
        if any("node-2" in path for path in paths):
            return web.Response(status=400, text="not this one")
        arrived.update(paths)
        if len(arrived) == 3:
            stop.set()
        return None

    collector = follow_until(tmp_path, no_poison)
    assert {path.split("/node-")[1][0] for path, _, _ in collector.acknowledged} == {"0", "1", "3"}
    assert 400 in collector.answers
    assert len(list((tmp_path / "data" / "outbox").iterdir())) > 0
