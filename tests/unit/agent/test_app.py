"""The agent's process against a collector that is not always kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

import agent.app
from agent.config import AgentConfig
from bench.inputs import canonical_lines, write_cri
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.wire.batch import Answer, Batch, PartAnswer, decode_batch, encode_answer

LINES = 300
Judge = Callable[[Batch], web.Response | None]


class Collector:
    """Acknowledges every part, unless `judge` has another answer."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.address = Address("127.0.0.1", free_port("127.0.0.1"))
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
        return web.Response(body=encode_answer(Answer(parts)))


def follow_once(folder: Path, judge: Judge, pods: int = 1) -> tuple[int, Collector]:
    """The agent's exit code after it has read a tree of so many pods, and what it met."""
    for pod in range(pods):
        write_cri(folder / "logs" / f"node-{pod}" / "var/log/pods", canonical_lines(LINES, pod))
    collector = Collector(judge)
    config = AgentConfig(
        logs=[folder / "logs"],
        data=folder / "data",
        collector_url=collector.address.url,
        listen=f"127.0.0.1:{free_port('127.0.0.1')}",
    )

    async def run() -> int:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/batches", collector.post)
        async with serving(app, collector.address):
            return await agent.app.run(config, asyncio.Event(), once=True)

    return asyncio.run(run()), collector


def answer_first(*statuses: int) -> Judge:
    """These statuses first, then what is right."""
    left = list(statuses)
    return lambda batch: web.Response(status=left.pop(0), text="no") if left else None


def test_a_batch_that_is_not_taken_now_is_sent_again(tmp_path: Path):
    """Busy, gone, a wrong token: the same range comes again until it is taken, and once only."""
    code, collector = follow_once(tmp_path, answer_first(429, 503, 401, 408))
    assert code == 0
    assert collector.answers == [429, 503, 401, 408, 200]
    [(_, start, _)] = collector.acknowledged
    assert start == 0


def test_a_batch_that_is_too_large_is_halved_until_it_is_taken(tmp_path: Path):
    """413 for more than one part: four files go one by one, each of them once."""

    def one_part_only(batch: Batch) -> web.Response | None:
        return web.Response(status=413) if len(batch.parts) > 1 else None

    code, collector = follow_once(tmp_path, one_part_only, pods=4)
    assert code == 0
    assert 413 in collector.answers
    paths = [path for path, _, _ in collector.acknowledged]
    assert len(paths) == len(set(paths)) == 4


def test_an_answer_that_is_none_is_not_believed(tmp_path: Path):
    """200 with a page of a proxy acknowledges nothing."""
    first = [web.Response(text="<html>welcome</html>")]
    code, collector = follow_once(tmp_path, lambda batch: first.pop() if first else None)
    assert code == 0
    assert collector.answers == [200, 200]
    assert len(collector.acknowledged) == 1
