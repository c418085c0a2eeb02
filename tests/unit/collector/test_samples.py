"""Scrapes over real HTTP, on loopback; tests/unit/collector/test_intake.py has what all share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from clew.runtime.addresses import Address, free_port
from clew.runtime.admin import serving
from clew.schema.sample import Scrape
from clew.store.protocols import Outcome, Result
from clew.wire.samples import (
    CONTENT_TYPE,
    SampleAnswer,
    SampleBatch,
    decode_sample_answer,
    encode_samples,
)
from collector.intake.door import Admission
from collector.intake.samples import SampleIntake, answer_to
from tests.support.judged_series import JudgedSeriesStore, scrape
from tests.support.set_clock import SetClock

LIMIT_BYTES = 64 * 1024


@asynccontextmanager
async def listening(store: JudgedSeriesStore, token: str = "") -> AsyncIterator[Address]:
    app = web.Application(client_max_size=LIMIT_BYTES)
    SampleIntake(store, Admission(token, LIMIT_BYTES, 8, SetClock())).add_routes(app)
    address = Address("127.0.0.1", free_port("127.0.0.1"))
    async with serving(app, address):
        yield address


def batch(*scrapes: Scrape) -> SampleBatch:
    return SampleBatch("node-a", 30.0, list(scrapes))


def posted(
    store: JudgedSeriesStore, body: bytes, token: str = "", **headers: str
) -> tuple[int, bytes]:
    async def run() -> tuple[int, bytes]:
        async with (
            listening(store, token) as address,
            aiohttp.ClientSession() as session,
            session.post(
                f"{address.url}/v1/samples",
                data=body,
                headers={"Content-Type": CONTENT_TYPE, **headers},
            ) as response,
        ):
            return response.status, await response.read()

    return asyncio.run(run())


def answered(store: JudgedSeriesStore, *scrapes: Scrape) -> SampleAnswer:
    status, body = posted(store, encode_samples(batch(*scrapes)))
    assert status == 200
    return decode_sample_answer(body)


def test_scrapes_are_stored_once():
    store = JudgedSeriesStore()
    assert answered(store, scrape(1), scrape(2)) == SampleAnswer(2)
    assert answered(store, scrape(2), scrape(3)) == SampleAnswer(2, existing=1)
    assert store.scrapes == [scrape(1), scrape(2), scrape(3)]
    assert store.deadlines[0].remaining() == 30.0


def test_no_scrapes_are_acknowledged():
    assert answered(JudgedSeriesStore()) == SampleAnswer(0)


def test_what_is_held_and_all_behind_it_is_sent_again():
    """Also what is stored behind it: the answer is one number."""

    def hold(scrape_: Scrape) -> Result | None:
        return Result(Outcome.HELD, "the disk is full") if scrape_ == scrape(2) else None

    store = JudgedSeriesStore(hold)
    assert answered(store, scrape(1), scrape(2), scrape(3)) == SampleAnswer(
        1, error="the disk is full"
    )
    store.judge = lambda _: None
    assert answered(store, scrape(2), scrape(3)) == SampleAnswer(2, existing=1)


def test_what_no_store_will_ever_take_is_acknowledged_and_counted():
    broken = msgspec.structs.replace(scrape(1), packed=b"no samples")
    assert answered(JudgedSeriesStore(), broken, scrape(2)) == SampleAnswer(2, refused=1)


def test_an_answer_always_says_why_it_goes_no_further():
    assert answer_to([Result(Outcome.HELD)]) == SampleAnswer(0, error="held")


@pytest.mark.parametrize("body", [b"", b"{}", encode_samples(batch(scrape(1)))[:-3]])
def test_what_is_no_batch_of_samples_is_400(body: bytes):
    status, text = posted(JudgedSeriesStore(), body)
    assert (status, bool(text)) == (400, True)


def test_without_the_token_it_is_401():
    body = encode_samples(batch(scrape(1)))
    store = JudgedSeriesStore()
    assert posted(store, body, "s3cret")[0] == 401
    assert posted(store, body, "s3cret", Authorization="Bearer other")[0] == 401
    assert store.scrapes == []
    assert posted(store, body, "s3cret", Authorization="Bearer s3cret")[0] == 200


def test_another_version_is_409_and_too_much_is_413():
    other = msgspec.structs.replace(batch(), version=2)
    status, told = posted(JudgedSeriesStore(), encode_samples(other))
    assert status == 409
    assert told.endswith(b"in wire version 2, this collector reads 1: upgrade the collector")
    large = msgspec.structs.replace(scrape(1), packed=b"x" * LIMIT_BYTES)
    assert posted(JudgedSeriesStore(), encode_samples(batch(large)))[0] == 413


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("clew_collector_scrapes_total", {"outcome": outcome}) or 0.0


def test_what_became_of_scrapes_is_counted():
    before = {outcome: counted(outcome) for outcome in Outcome}
    answered(JudgedSeriesStore(lambda _: Result(Outcome.HELD, "no")), scrape(1))
    answered(JudgedSeriesStore(lambda _: Result(Outcome.REFUSED, "never")), scrape(1), scrape(2))
    answered(JudgedSeriesStore(), scrape(1))
    assert {outcome: counted(outcome) - before[outcome] for outcome in Outcome} == {
        Outcome.CREATED: 1,
        Outcome.EXISTS: 0,
        Outcome.REFUSED: 2,
        Outcome.HELD: 1,
    }
