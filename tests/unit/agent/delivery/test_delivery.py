"""Batches to several collectors, of which some are not well at times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from agent.delivery import collectors as known
from agent.delivery import delivery
from agent.delivery.answers import OTHER_VERSION_SECONDS
from agent.delivery.breaker import FAILURES, LONGEST_SECONDS
from agent.delivery.choice import RETURN_SECONDS
from agent.delivery.collectors import OTHER_STORE_SECONDS
from clew.runtime.errors import PermanentError, TransientError
from clew.schema.timestamps import format_rfc3339
from clew.wire.batch import WIRE_VERSION
from clew.wire.report import Report
from tests.support.kind_collector import NAME, Collectors, busy, collectors

LONG = 1000.0
REPORT = Report("node-a", "node-a", 1, 1, 0, 0, 0, 0)
Story = Callable[[Collectors], Awaitable[None]]


def tell(story: Story, count: int = 3) -> None:
    async def run() -> None:
        async with collectors(count) as setting:
            await story(setting)

    asyncio.run(run())


def answers(answer: str) -> float:
    name = "clew_agent_collector_answers_total"
    return REGISTRY.get_sample_value(name, {"answer": answer}) or 0.0


def in_state(state: str) -> float | None:
    return REGISTRY.get_sample_value("clew_agent_collectors", {"state": state})


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - whatever the loop has to do next
        await asyncio.sleep(0)


def test_one_collector_is_used_at_a_time_and_asked_for_its_store_first():
    async def story(setting: Collectors) -> None:
        first, others = await setting.preferred()
        await setting.send()
        assert (first.store_asked, len(first.taken)) == (1, 2)
        assert [(each.store_asked, each.asked) for each in others] == [(0, 0), (0, 0)]

    tell(story)


def test_it_is_asked_by_the_name_it_is_known_under():
    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        assert first.hosts == {f"{NAME}:{first.address.port}"}

    tell(story)


def test_what_one_does_not_take_another_gets_before_the_sender_hears_of_it():
    """Killed: its connections are refused. After three of them it is left alone."""
    before = answers("unreachable"), answers("taken")

    async def story(setting: Collectors) -> None:
        first, (second, _) = await setting.preferred()
        await first.stop()
        for _ in range(FAILURES + 2):
            await setting.send()
        assert len(second.taken) == FAILURES + 2
        assert setting.states[first.address.host] == "open"
        assert (in_state("open"), in_state("closed")) == (1, 1)
        assert answers("unreachable") - before[0] == FAILURES
        assert answers("taken") - before[1] == FAILURES + 3

    tell(story)


def test_where_none_is_there_the_sender_hears_when_there_may_be():
    async def story(setting: Collectors) -> None:
        for each in setting.all:
            await each.stop()
        with pytest.raises(TransientError, match=f"{NAME}:.* at 127.0.0.1: ") as raised:
            await setting.send()
        assert raised.value.retry_after is not None
        await setting.all[1].start()
        setting.clock.advance(LONGEST_SECONDS)
        await setting.send()
        assert len(setting.all[1].taken) == 1

    tell(story)


def test_a_busy_collector_is_left_alone_for_as_long_as_it_asked():
    async def story(setting: Collectors) -> None:
        first, (second, _) = await setting.preferred()
        first.say = lambda: busy(20)
        await setting.send()
        await setting.send()
        setting.clock.advance(19)
        await setting.send()
        assert (first.asked, len(second.taken)) == (2, 3)
        assert setting.states[first.address.host] == "closed"

    tell(story)


def test_where_all_are_busy_the_sender_hears_for_how_long_and_nobody_is_asked_before():
    async def story(setting: Collectors) -> None:
        for each in setting.all:
            each.say = lambda: busy(20)
        with pytest.raises(TransientError) as raised:
            await setting.send()
        asked = [each.asked for each in setting.all]
        assert raised.value.retry_after is not None
        assert 20 <= raised.value.retry_after < 21
        setting.clock.advance(19.9)
        with pytest.raises(TransientError):
            await setting.send()
        assert [each.asked for each in setting.all] == asked == [1, 1, 1]
        for each in setting.all:
            each.say = lambda: None
        setting.clock.advance(1.1)
        await setting.send()

    tell(story)


def test_a_storm_leaves_one_on_its_way_at_a_time():
    async def story(setting: Collectors) -> None:
        [only] = setting.all
        only.say = lambda: busy(1)
        for _ in range(4):
            with pytest.raises(TransientError):
                await setting.send()
            setting.clock.advance(LONGEST_SECONDS)
        assert setting.delivery.window.in_flight_limit == 1
        assert setting.delivery.window.batch_bytes < 4 * 1024 * 1024

    tell(story, count=1)


def test_a_collector_that_never_answers_costs_one_deadline(monkeypatch: pytest.MonkeyPatch):
    """It takes the connection and the batch, and is silent: then another one gets the batch."""
    monkeypatch.setattr(delivery, "GRACE_SECONDS", -4.5)  # half a second is left of five

    async def story(setting: Collectors) -> None:
        first, (second, _) = await setting.preferred()
        first.goes_on.clear()
        limit = setting.delivery.window.batch_bytes
        await asyncio.gather(setting.send(), setting.send())
        assert (first.asked, len(second.taken)) == (3, 2)
        assert setting.states[first.address.host] == "open"
        assert setting.delivery.window.batch_bytes < limit
        await setting.send()
        assert first.asked == 3

    tell(story)


def test_one_that_is_silent_from_the_start_is_found_out_by_a_small_question(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(known, "PROVE_SECONDS", 0.2)

    async def story(setting: Collectors) -> None:
        first, *_ = setting.all
        first.tells.clear()
        await setting.send()
        await setting.send()
        assert first.asked == 0
        assert sum(len(each.taken) for each in setting.all) == 2
        first.tells.set()

    tell(story, count=2)


def test_traffic_returns_to_the_one_that_is_liked_best_but_not_at_once():
    async def story(setting: Collectors) -> None:
        first, (second, _) = await setting.preferred()
        await first.stop()
        await setting.send()
        await setting.send()
        await setting.send()
        await first.start()
        setting.clock.advance(LONGEST_SECONDS)
        await setting.send()
        await until(lambda: setting.states[first.address.host] == "closed")
        moments = 0
        while len(first.taken) == 1:
            await setting.send()
            setting.clock.advance(1)
            moments += 1
        assert moments <= 2 * RETURN_SECONDS
        taken = len(second.taken)
        await setting.send()
        assert len(second.taken) == taken

    tell(story)


def test_one_that_keeps_another_store_gets_nothing(caplog: pytest.LogCaptureFixture):
    async def story(setting: Collectors) -> None:
        assert await setting.delivery.get_store("one") == "one"
        first, others = await setting.preferred()
        for each in others:
            each.store = "two"
        await first.stop()
        with pytest.raises(TransientError, match=r"it keeps another store \(two\)"):
            await setting.send()
        assert [each.asked for each in others] == [0, 0]
        assert "keeps documents in another store (two) than the one in use (one)" in caplog.text

    tell(story)


def test_what_one_of_another_version_refuses_another_gets():
    """As while collectors are upgraded one by one; it is left alone for half a minute."""

    async def story(setting: Collectors) -> None:
        first, others = await setting.preferred()
        before = answers("other_version")
        first.say = lambda: web.Response(status=409, text="upgrade the collector")
        for _ in range(3):
            await setting.send()
        assert (first.asked, [each.asked for each in others]) == (2, [3, 0])
        assert answers("other_version") == before + 1
        assert setting.delivery.status()[0]["error"] == "409: upgrade the collector"
        assert setting.delivery.status()[0]["waits_seconds"] >= OTHER_VERSION_SECONDS

    tell(story)


def test_collectors_that_read_an_older_wire_get_nothing_until_they_are_upgraded(
    caplog: pytest.LogCaptureFixture,
):
    """The sender hears who has to be upgraded, as does whoever reads the log, once for each."""
    told = f"batch in wire version {WIRE_VERSION}, this collector reads 1: upgrade the collector"

    async def story(setting: Collectors) -> None:
        for each in setting.all:
            each.reads = {"wire": [1, 1]}
        for _ in range(3):
            with pytest.raises(TransientError, match=told):
                await setting.send()
            setting.clock.advance(OTHER_VERSION_SECONDS + LONGEST_SECONDS)
        assert [each.asked for each in setting.all] == [0, 0, 0]
        assert caplog.text.count(told) == len(setting.all)
        for each in setting.all:
            each.reads = {"wire": [1, WIRE_VERSION], "schema": [1, 1]}
        await setting.send()

    tell(story)


def test_what_the_checkpoint_is_about_counts_whoever_answers_first():
    async def story(setting: Collectors) -> None:
        one, *others = setting.all
        for each in others:
            each.store = "two"
        assert await setting.delivery.get_store("one") == "one"
        await setting.send()
        assert len(one.taken) == 1

    tell(story)


def test_another_store_is_used_once_all_say_so():
    """The first answer out of it tells the sender; until then nobody is told anything stored."""

    async def story(setting: Collectors) -> None:
        await setting.preferred()
        for each in setting.all:
            each.store = "two"
        answer = await setting.send()
        assert answer.store == "two"
        assert await setting.delivery.get_store() == "two"
        assert (await setting.send()).store == "two"

    tell(story)


def test_a_store_that_changes_under_one_of_them_acknowledges_nothing():
    async def story(setting: Collectors) -> None:
        first, (second, _) = await setting.preferred()
        first.store = "two"
        assert (await setting.send()).store == "one"
        assert len(second.taken) == 1
        first.store = "one"
        setting.clock.advance(OTHER_STORE_SECONDS + LONGEST_SECONDS)
        await setting.send()
        await until(lambda: setting.states[first.address.host] == "closed")

    tell(story)


def test_a_batch_that_will_never_do_is_offered_to_nobody_else():
    async def story(setting: Collectors) -> None:
        first, others = await setting.preferred()
        first.say = lambda: web.Response(status=400, text="no")
        with pytest.raises(PermanentError, match=r"^400: no$"):
            await setting.send()
        assert [each.asked for each in others] == [0, 0]
        assert setting.states[first.address.host] == "closed"

    tell(story)


def test_a_batch_that_is_too_large_makes_the_next_smaller():
    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        before = setting.delivery.window.batch_bytes
        first.say = lambda: web.Response(status=413)
        with pytest.raises(PermanentError):
            await setting.send()
        assert setting.delivery.window.batch_bytes == before // 2

    tell(story)


def test_no_more_are_on_their_way_than_the_window_allows():
    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        limit = setting.delivery.window.in_flight_limit
        first.goes_on.clear()
        async with asyncio.TaskGroup() as group:
            for _ in range(limit + 5):
                group.create_task(setting.send())
            await until(lambda: first.open == limit)
            assert setting.delivery.window.in_flight == limit
            first.goes_on.set()
        assert first.most_open <= setting.delivery.window.in_flight_limit
        assert (len(first.taken), setting.delivery.window.in_flight) == (limit + 6, 0)

    tell(story)


def test_what_is_cancelled_is_not_on_its_way_any_more():
    """The collector sees its connection closed; and the place in the window is free again."""

    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        first.goes_on.clear()
        sending = asyncio.get_running_loop().create_task(setting.send())
        await until(lambda: first.open == 1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert setting.delivery.window.in_flight == 0
        await until(lambda: all(each.is_closing() for each in first.transports))

    tell(story)


def test_addresses_that_change_disturb_nothing_on_its_way():
    async def story(setting: Collectors) -> None:
        first, (second, third) = await setting.preferred()
        first.goes_on.clear()
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(setting.send())
            await until(lambda: first.open == 1)
            setting.known = [second, third]
            setting.clock.advance(LONG)
            await setting.send()
            await until(lambda: first.address.host not in setting.states)
            await setting.send()
            assert (first.asked, second.asked + third.asked >= 1) == (2, True)
            first.goes_on.set()
        assert sending.result().store == "one"
        assert len(first.taken) == 2

    tell(story)


def test_a_report_has_so_much_time_and_no_more():
    async def story(setting: Collectors) -> None:
        await setting.delivery.report(REPORT, 5.0)
        assert sum(each.reports for each in setting.all) == 1
        for each in setting.all:
            each.goes_on.clear()
        with pytest.raises(TransientError):
            await setting.delivery.report(REPORT, 0.1)

    tell(story)


def test_what_becomes_of_scrapes_holds_up_no_lines():
    """A collector that does not know of them is asked by all of them, and takes lines as before."""

    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        for _ in range(FAILURES + 1):
            with pytest.raises(TransientError, match="404"):
                await setting.delivery.send_samples(b"samples", 1)
        await setting.send()
        assert len(first.taken) == 2
        assert set(setting.states.values()) == {"closed"}

    tell(story)


def test_one_that_is_silent_about_a_report_is_asked_a_small_question_first():
    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        first.goes_on.clear()
        with pytest.raises(TransientError):
            await setting.delivery.report(REPORT, 0.1)
        asked = first.store_asked
        first.goes_on.set()
        await setting.send()
        assert (first.store_asked, len(first.taken)) == (asked + 1, 2)

    tell(story, count=1)


def test_a_large_body_goes_through():
    """Without a warning that the loop is held up by it."""

    async def story(setting: Collectors) -> None:
        body = bytes(3 * 1024 * 1024)
        await setting.send(body)
        assert [each.taken for each in setting.all if each.taken] == [[body]]

    tell(story)


def test_the_status_tells_of_every_collector():
    async def story(setting: Collectors) -> None:
        first, _ = await setting.preferred()
        await first.stop()
        await setting.send()
        one, two, three = setting.delivery.status()
        assert (one["state"], one["in_use"]) == ("closed", True)
        assert one["error"]
        assert (two["state"], two["store"], two["latency_seconds"]) == ("closed", "one", 0.0)
        assert (three["state"], three["store"]) == ("half_open", "")
        assert one["since"] == format_rfc3339(setting.clock.now())

    tell(story)
