from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import Health, add_admin_routes, serving
from clew.runtime.errors import ClewError


def get(path: str, health: Health) -> tuple[int, str, Any]:
    """Status, content type and body of an answer, over real HTTP."""

    async def ask() -> tuple[int, str, Any]:
        app = web.Application()
        add_admin_routes(app, health)
        address = Address("127.0.0.1", free_port("127.0.0.1"))
        async with (
            serving(app, address),
            aiohttp.ClientSession() as session,
            session.get(f"{address.url}{path}") as response,
        ):
            as_json = response.content_type == "application/json"
            body = await response.json() if as_json else await response.text()
            return response.status, response.content_type, body

    return asyncio.run(ask())


def test_alive_is_whoever_answers():
    health = Health("store")
    assert get("/healthz", health) == (200, "application/json", {"status": "ok"})


def test_ready_is_who_has_nothing_bad_to_say():
    health = Health("store", "folder")
    assert get("/readyz", health) == (
        503,
        "application/json",
        {
            "status": "not ready",
            "reasons": {"store": "not yet known", "folder": "not yet known"},
        },
    )
    health.good("store")
    health.good("folder")
    assert get("/readyz", health)[::2] == (200, {"status": "ok", "reasons": {}})
    health.bad("store", "no room")
    health.bad("folder", "gone")
    health.good("folder")
    status, _, body = get("/readyz", health)
    assert (status, body["reasons"]) == (503, {"store": "no room"})


def test_metrics_are_prometheus_text():
    status, content_type, body = get("/metrics", Health())
    assert (status, content_type) == (200, "text/plain")
    assert "# TYPE process_cpu_seconds_total counter" in body or "python_info" in body


def test_an_address_that_is_taken_is_a_sentence():
    async def serve_twice() -> None:
        address = Address("127.0.0.1", free_port("127.0.0.1"))
        async with serving(web.Application(), address), serving(web.Application(), address):
            pass

    with pytest.raises(ClewError, match=r"can't listen on 127\.0\.0\.1:\d+: .*in use"):
        asyncio.run(serve_twice())
