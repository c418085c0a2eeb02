"""Sampling and shipping together, as an agent runs them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
from aiohttp import web

from agent.config import AgentConfig
from agent.delivery import Delivery
from agent.metrics.running import sample_and_ship
from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving

SILENT = 120
"""More than a session of aiohttp has connections, unless it is told otherwise."""


def test_targets_that_do_not_answer_hold_up_neither_each_other_nor_a_delivery(tmp_path: Path):
    """However many they are: all are asked at once, and the collector answers beside them."""
    address = Address("127.0.0.1", free_port("127.0.0.1"))
    asked: list[web.Request] = []
    all_wait = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        asked.append(request)
        # Who has given up has closed its connection.
        waiting = [each for each in asked if each.transport and not each.transport.is_closing()]
        if len(waiting) == SILENT:
            all_wait.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def store(_: web.Request) -> web.Response:
        return web.json_response({"store": "one"})

    targets = [
        {"url": f"{address.url}/{number}", "job": "silent", "labels": {"number": str(number)}}
        for number in range(SILENT)
    ]
    config = AgentConfig.model_validate(
        {
            "logs": [tmp_path],
            "data": tmp_path / "data",
            "collector_url": address.url,
            "metrics": {"interval_seconds": 4, "timeout_seconds": 4, "targets": targets},
        }
    )

    async def run() -> str:
        app = web.Application()
        app.router.add_get("/v1/store", store)
        app.router.add_get("/{number}", silent)
        stop = asyncio.Event()
        async with serving(app, address), aiohttp.ClientSession() as session:
            delivery = Delivery(session, address.url, "", 5.0)
            async with asyncio.timeout(20), asyncio.TaskGroup() as group:
                group.create_task(sample_and_ship(config, delivery, stop))
                await all_wait.wait()
                found = await delivery.get_store()
                stop.set()
        return found

    assert asyncio.run(run()) == "one"
