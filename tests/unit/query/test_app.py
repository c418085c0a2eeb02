from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
from pathlib import Path

import pytest

from clew.runtime.addresses import Address, free_port
from clew.runtime.clock import SYSTEM_CLOCK, Deadline
from clew.runtime.errors import ClewError
from clew.store.embedded.log_store import EmbeddedLogStore
from query.app import run
from query.config import QueryConfig
from tests.support import invented

LONGEST_STOP_SECONDS = 3.0


def config(folder: Path, address: Address) -> QueryConfig:
    return QueryConfig(listen=str(address), store={"path": folder / "store"})  # type: ignore[arg-type]


def ask(address: Address, path: str) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=10)) as connection:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()


async def when_listening(address: Address) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(*address)
        except ConnectionRefusedError:
            await asyncio.sleep(0)
        else:
            writer.close()
            await writer.wait_closed()
            return


def test_the_process_answers_from_an_embedded_store_and_stops_when_asked(tmp_path: Path):
    """Also with a connection that a client keeps open without asking anything."""
    address = Address("127.0.0.1", free_port("127.0.0.1"))

    async def scenario() -> tuple[int, tuple[int, bytes], float]:
        store = await EmbeddedLogStore.open(tmp_path / "store", writable=True)
        await store.write(invented.shop_documents(), Deadline.after(60))
        await store.close()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(run(config(tmp_path, address), stop))
            await when_listening(address)
            _, idle = await asyncio.open_connection(*address)
            path = f"/api/transactions/{invented.FAILED}"
            answer = await asyncio.to_thread(ask, address, path)
            asked_at = SYSTEM_CLOCK.monotonic()
            stop.set()
            code = await running
            took = SYSTEM_CLOCK.monotonic() - asked_at
            idle.close()
            await idle.wait_closed()
        return code, answer, took

    code, (status, body), took = asyncio.run(scenario())
    assert (code, status) == (0, 200)
    assert json.loads(body)["verdict"]["service"] == "payment"
    assert took < LONGEST_STOP_SECONDS


def test_an_address_that_is_taken_is_a_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ClewError, match=f"can't listen on {address}"):
            asyncio.run(run(config(tmp_path, address), asyncio.Event()))
