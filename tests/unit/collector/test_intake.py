"""Batches over real HTTP, on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
import zstandard
from aiohttp import web

from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import Health, add_admin_routes, serving
from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.protocols import Outcome, Result
from clew.wire.batch import CONTENT_TYPE, PartAnswer, decode_answer, encode_batch
from collector.intake.batches import STORE_BAD_SECONDS, Intake
from collector.intake.door import LONGEST_DEADLINE_SECONDS, Admission
from tests.support.batches import batch, part_of
from tests.support.memory_store import MemoryStore
from tests.support.set_clock import SetClock
from tests.support.verdicts import JudgedStore

LIMIT_BYTES = 64 * 1024
BODY = encode_batch(batch(part_of(b"one", b"two")))
TOKEN = "s3cret"


class SlowStore(MemoryStore):
    """Takes nothing until the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.called, self.go_on = asyncio.Event(), asyncio.Event()

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        self.called.set()
        await self.go_on.wait()
        return await super().write(documents, deadline)


@asynccontextmanager
async def listening(
    store: MemoryStore, token: str = "", at_once: int = 8, clock: SetClock | None = None
) -> AsyncIterator[Address]:
    app = web.Application(client_max_size=LIMIT_BYTES)
    clock = clock or SetClock()
    health = Health(clock=clock)
    admission = Admission(token, LIMIT_BYTES, at_once, clock)
    Intake(store, "one", admission, health).add_routes(app)
    add_admin_routes(app, health)
    address = Address("127.0.0.1", free_port("127.0.0.1"))
    async with serving(app, address):
        yield address


async def post(
    address: Address, body: bytes = BODY, **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{address.url}/v1/batches",
            data=body,
            headers={"Content-Type": CONTENT_TYPE, **headers},
        ) as response,
    ):
        return response.status, response.headers, await response.read()


def answered(body: bytes, token: str = "", **headers: str) -> tuple[int, str]:
    """Status and text of the answer to one body."""

    async def run() -> tuple[int, str]:
        async with listening(MemoryStore(), token) as address:
            status, _, text = await post(address, body, **headers)
            return status, text.decode()

    return asyncio.run(run())


def test_a_batch_is_answered_part_by_part_when_it_is_stored():
    async def run() -> tuple[int, bytes, bytes]:
        async with listening(MemoryStore()) as address:
            status, _, first = await post(address)
            return status, first, (await post(address))[2]

    status, first, second = asyncio.run(run())
    assert status == 200
    assert decode_answer(first).parts == [PartAnswer(200, indexed=2)]
    assert decode_answer(second).parts == [PartAnswer(200, indexed=2, existing=2)]


@pytest.mark.parametrize("body", [b"", b"{}", BODY[:-3], BODY + b"x", zstandard.compress(b"\x80")])
def test_what_is_no_batch_is_400(body: bytes):
    """An agent that gets this does not send it again."""
    status, text = answered(body)
    assert (status, bool(text)) == (400, True)


@pytest.mark.parametrize(
    "authorization", ["", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer s3cre", "Bearer s3cret2"]
)
def test_without_the_token_it_is_401(authorization: str):
    assert answered(BODY, TOKEN, Authorization=authorization) == (
        401,
        "the token is missing or wrong",
    )


def test_with_the_token_it_is_taken():
    assert answered(BODY, TOKEN, Authorization=f"Bearer {TOKEN}")[0] == 200
    assert answered(BODY, "pässwörd", Authorization="Bearer pässwörd")[0] == 200


def test_a_version_that_cannot_be_read_is_409():
    """With a sentence that names both versions, and says which side is behind."""
    other = encode_batch(msgspec.structs.replace(batch(), version=9))
    told = "the agent sends a batch %s: upgrade the collector"
    assert answered(other) == (409, told % "in wire version 9, this collector reads 1 to 2")
    newer = encode_batch(msgspec.structs.replace(batch(), schema=9))
    assert answered(newer) == (409, told % "with records of schema 9, this collector reads 1")


def test_a_body_that_is_too_large_is_413():
    """Whether it is so as it comes, or as it is unpacked: half of it may do."""
    assert answered(b"x" * (2 * LIMIT_BYTES)) == (413, f"more than {LIMIT_BYTES} bytes")
    large = encode_batch(batch(part_of(b"x" * LIMIT_BYTES)))
    status, text = answered(large)
    assert status == 413
    assert text.startswith(f"a batch may unpack to {LIMIT_BYTES} bytes, this one to ")


def test_more_batches_than_it_takes_at_once_are_429():
    """With the time to wait, so that agents do not knock all the while."""

    async def run() -> tuple[int, str, int, int]:
        store = SlowStore()
        async with listening(store, at_once=1) as address, asyncio.TaskGroup() as group:
            first = group.create_task(post(address))
            await store.called.wait()
            status, headers, _ = await post(address)
            store.go_on.set()
            taken = (await first)[0]
            return status, headers["Retry-After"], taken, (await post(address))[0]

    assert asyncio.run(run()) == (429, "1", 200, 200)


async def send_raw(address: Address, request: bytes, *, end: bool = False) -> bytes:
    """What comes back for these bytes; `end` says that no more will follow."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request)
    if end:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


HEAD = b"POST /v1/batches HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def test_a_header_that_is_no_text_is_401():
    async def run() -> bytes:
        async with listening(MemoryStore(), TOKEN) as address:
            return await send_raw(address, HEAD + b"Authorization: Bearer \xff\r\n\r\n")

    assert asyncio.run(run()).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_is_cut_off_stores_nothing_and_stops_nobody(caplog: pytest.LogCaptureFixture):
    """An agent that is killed while it sends is no failure of the collector."""
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)

    async def run() -> int:
        async with listening(MemoryStore(), at_once=1) as address:
            await send_raw(address, head + BODY[:-1], end=True)
            status, _, answer = await post(address)
            assert decode_answer(answer).parts[0].existing == 0
            return status

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(run()) == 200
    assert not caplog.records


@pytest.mark.parametrize(
    ("asked", "given"),
    [(30.0, 30.0), (1e9, LONGEST_DEADLINE_SECONDS), (-5.0, 0.1), (float("inf"), 120.0)],
)
def test_the_agents_deadline_is_kept_within_reason(asked: float, given: float):
    async def run() -> float:
        store = JudgedStore()
        async with listening(store) as address:
            await post(address, encode_batch(batch(part_of(b"one"), deadline_seconds=asked)))
        return store.deadlines[0].remaining()

    assert asyncio.run(run()) == pytest.approx(given)


async def why_not_ready(address: Address) -> dict[str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{address.url}/readyz") as response,
    ):
        reasons: dict[str, str] = (await response.json())["reasons"]
        assert response.status == (503 if reasons else 200)
        return reasons


FULL = Result(Outcome.HELD, "no space left")


def test_a_collector_is_ready_only_while_its_store_takes_documents():
    """The reason is the store's; that a replay meets its earlier copy says nothing of room."""
    fullness = iter([FULL, None])
    store = JudgedStore(lambda document: next(fullness) if "new" in document.id else None)
    new = encode_batch(batch(part_of(b"three", generation="new")))

    async def run() -> list[dict[str, str]]:
        seen = []
        async with listening(store) as address:
            for body in (BODY, new, BODY, new):
                await post(address, body)
                seen.append(await why_not_ready(address))
        return seen

    held = {"store": "no space left"}
    assert asyncio.run(run()) == [{}, held, held, {}]


def test_a_collector_that_nobody_sends_to_becomes_ready_again():
    """Whoever is not ready is sent nothing, and would never see that there is room again."""
    store, clock = JudgedStore(lambda _: FULL), SetClock()

    async def run() -> list[bool]:
        seen = []
        async with listening(store, clock=clock) as address:
            await post(address)
            for seconds in (0.0, STORE_BAD_SECONDS - 1, 1.0):
                clock.advance(seconds)
                seen.append(not await why_not_ready(address))
        return seen

    assert asyncio.run(run()) == [False, False, True]
