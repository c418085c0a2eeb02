"""Changes of the quarantine over real HTTP, on loopback."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.store.protocols import LogStore
from clew.wire.quarantine import (
    CHANGE_BYTES,
    Change,
    Changed,
    Chosen,
    decode_changed,
    encode_change,
)
from collector.intake.door import Admission
from collector.intake.quarantine import QuarantineIntake
from tests.support.memory_store import MemoryStore
from tests.support.quarantined import MENDED, quarantined


class UnreachableStore(MemoryStore):
    """A store behind a network that is down: no real one can be made to be that on demand."""

    async def visible_up_to(self) -> int:
        raise TransientError("no node answers")


@asynccontextmanager
async def listening(store: LogStore, token: str = ""):
    app = web.Application()
    QuarantineIntake(store, Admission(token, limit_bytes=1, at_once=1)).add_routes(app)
    address = Address("127.0.0.1", free_port("127.0.0.1"))
    async with serving(app, address):
        yield address


def post(
    kind: str, body: bytes, *, store: LogStore | None = None, token: str = "", given: str = ""
):
    async def run() -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        async with (
            listening(store or MemoryStore(), token) as address,
            aiohttp.ClientSession() as session,
            session.post(
                f"{address.url}/v1/quarantine/{kind}", data=io.BytesIO(body), headers=headers
            ) as response,
        ):
            return response.status, await response.read()

    return asyncio.run(run())


async def filled() -> MemoryStore:
    store = MemoryStore()
    await store.write(quarantined(MENDED, MENDED), Deadline.after(60))
    return store


@pytest.mark.parametrize("kind", ["replay", "purge"])
def test_a_change_is_answered_with_what_it_did(kind: str):
    store = asyncio.run(filled())
    status, body = post(kind, encode_change(Change(Chosen(service="cart"))), store=store)
    assert status == 200
    assert decode_changed(body) == Changed(2, 2, {"duplicate_key": 2}, {}, None)


def test_who_has_no_token_changes_nothing():
    """The same token as for batches."""
    store, body = asyncio.run(filled()), encode_change(Change(Chosen()))
    assert post("purge", body, store=store, token="open sesame")[0] == 401
    assert post("purge", body, store=store, token="open sesame", given="guess")[0] == 401
    asked = encode_change(Change(Chosen(), dry_run=True))
    status, answer = post("purge", asked, store=store, token="open sesame", given="open sesame")
    assert (status, decode_changed(answer).total) == (200, 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"chosen":{"service":7}}',
        b'{"chosen":{"servise":"a typing error must not choose every line"}}',
        b'{"chosen":{"since":-1}}',
        b'{"chosen":{},"after":"nowhere"}',
        b'{"chosen":{"ids":[' + b'"x",' * 1001 + b'"x"]}}',
        b"[" * 5000,
    ],
)
def test_what_is_no_change_is_refused_for_good(body: bytes):
    store = asyncio.run(filled())
    assert post("purge", body, store=store)[0] == 400
    assert len(store._documents) == 2


def test_a_request_that_is_too_large_is_refused():
    assert post("purge", b" " * (CHANGE_BYTES + 1))[0] == 413


def test_a_store_that_cannot_be_reached_is_said_to_come_back_later():
    status, body = post("replay", encode_change(Change(Chosen())), store=UnreachableStore())
    assert (status, body) == (503, b"no node answers")
