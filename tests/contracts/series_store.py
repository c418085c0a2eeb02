"""
The contract of a SeriesStore, for every implementation.

A test module subclasses `SeriesStoreContract` and gives it a fixture `make_series`
(tests/contracts/series_running.py). What is proved here is all that callers may lean on.
"""

from __future__ import annotations

import asyncio

import pytest

from clew.promql.matchers import Matcher, Operator, equal
from clew.runtime.clock import Deadline
from clew.schema.sample import Scrape, pack_samples
from clew.schema.timestamps import SECOND
from clew.store.protocols import Outcome, Selection, Series, SeriesStore
from tests.contracts.running import patience
from tests.contracts.series_agreement import SeriesAgreement
from tests.contracts.series_running import MakeSeriesStore, on_a_series_store, opened, outcomes, put
from tests.contracts.series_selecting import Selecting
from tests.support.documents import NOON
from tests.support.scrapes import DAY, NODE_1, NODE_2, plain, sample, scrape, selection, values


def values_of_all(found: list[Series]) -> list[float]:
    return [value for series in found for value in series.values]


class SeriesWriting:
    @on_a_series_store
    async def test_the_first_write_of_a_target_and_time_wins(self, store):
        """A second scrape of one moment EXISTS and changes nothing, whatever it says."""
        await put(store, scrape(NODE_1, NOON, sample("up", 1)))
        later = scrape(dict(reversed(NODE_1.items())), NOON, sample("up", 2), sample("other"))
        assert outcomes(await store.write([later], patience())) == [Outcome.EXISTS]
        assert values(await store.select(selection())) == [1]

    @on_a_series_store
    async def test_a_replay_stores_nothing_twice(self, store):
        """A batch that is sent again, with new scrapes in it, adds the new ones alone."""
        first = [scrape(NODE_1, NOON + n, sample("up", n)) for n in range(5)]
        await put(store, *first)
        again = [*first, scrape(NODE_1, NOON + 5, sample("up", 5)), first[0]]
        assert outcomes(await store.write(again, patience())) == [
            *[Outcome.EXISTS] * 5,
            Outcome.CREATED,
            Outcome.EXISTS,
        ]
        assert values(await store.select(selection())) == [0, 1, 2, 3, 4, 5]

    @on_a_series_store
    async def test_the_first_of_one_batch_wins(self, store):
        """A target and time that stand twice in one batch are stored once, as they came first."""
        twice = [scrape(NODE_1, NOON, sample("up", value)) for value in (1, 2)]
        written = await store.write(twice, patience())
        assert outcomes(written) == [Outcome.CREATED, Outcome.EXISTS]
        assert values(await store.select(selection())) == [1]

    @on_a_series_store
    async def test_concurrent_writes_of_the_same_scrapes_store_them_once(self, store):
        """However many writes of a scrape meet, exactly one creates it."""
        same = [scrape(NODE_1, NOON + n, sample("up", n)) for n in range(20)]
        answers = await asyncio.gather(*(store.write(same, patience()) for _ in range(4)))
        for results in zip(*answers, strict=True):
            assert sorted(outcomes(results)) == [Outcome.CREATED, *[Outcome.EXISTS] * 3]
        assert values(await store.select(selection())) == list(range(20))

    @on_a_series_store
    async def test_what_can_not_be_unpacked_is_refused_alone(self, store):
        """REFUSED with a reason; what stands around it is stored."""
        good = pack_samples([sample("up")])
        refused = [
            Scrape(NODE_1, NOON + 1, b""),
            Scrape(NODE_1, NOON + 2, b"no samples at all"),
            Scrape(NODE_1, NOON + 3, good[:-1]),
            Scrape(NODE_1, NOON + 4, good + good),
            Scrape(NODE_1, -1, good),
            Scrape(NODE_1, 2**63, good),
        ]
        batch = [scrape(NODE_1, NOON, sample("up")), *refused, scrape(NODE_2, NOON, sample("up"))]
        results = await store.write(batch, patience())
        assert outcomes(results) == [
            Outcome.CREATED,
            *[Outcome.REFUSED] * len(refused),
            Outcome.CREATED,
        ]
        assert all(result.reason for result in results[1:-1])
        everything = selection(since=-(2**70), until=2**70)
        assert [each.times.tolist() for each in await store.select(everything)] == [[NOON], [NOON]]

    @on_a_series_store
    async def test_times_of_all_centuries_that_count_are_kept(self, store):
        """From 1970 to 2262, to the nanosecond."""
        times = [0, 1, NOON, 2**63 - 1]
        await put(store, *(scrape(NODE_1, time, sample("up")) for time in times))
        [series] = await store.select(selection(since=0, until=2**63 - 1))
        assert series.times.tolist() == times

    @on_a_series_store
    async def test_past_the_deadline_everything_is_held(self, store):
        """Nothing is said to be stored to somebody who no longer listens."""
        scrapes = [scrape(NODE_1, NOON + n, sample("up")) for n in range(2)]
        results = await store.write(scrapes, Deadline.after(0))
        assert outcomes(results) == [Outcome.HELD] * 2
        assert all(result.reason for result in results)
        again = await store.write(scrapes, patience())
        assert set(outcomes(again)) <= {Outcome.CREATED, Outcome.EXISTS}

    @on_a_series_store
    async def test_nothing_to_write_is_no_mistake(self, store):
        """An empty batch has an empty answer."""
        assert await store.write([], patience()) == []

    @on_a_series_store
    async def test_an_empty_scrape_is_a_scrape(self, store):
        """A target that said nothing was scraped all the same."""
        await put(store, scrape(NODE_1, NOON))
        assert await store.select(selection()) == []
        assert await store.targets(selection()) == [NODE_1]


class SeriesChanging:
    @on_a_series_store
    async def test_delete_before_keeps_what_is_younger(self, store):
        """What was scraped days before goes, and its targets with it; the rest stays."""
        old = [scrape(NODE_2, NOON + n * DAY, sample("up", n)) for n in range(3)]
        new = [scrape(NODE_1, NOON + n * DAY, sample("up", n)) for n in range(10, 13)]
        await put(store, *old, *new)
        assert await store.delete_before(NOON + 10 * DAY) == len(old)
        everything = selection(until=NOON + 99 * DAY)
        assert values(await store.select(everything)) == [10, 11, 12]
        assert await store.targets(everything) == [NODE_1]

    @on_a_series_store
    async def test_delete_before_everything_deletes_nothing(self, store):
        """Where nothing is that old, nothing goes."""
        await put(store, scrape(NODE_1, NOON, sample("up")))
        assert await store.delete_before(NOON - 10 * DAY) == 0
        assert values(await store.select(selection())) == [1]

    @on_a_series_store
    async def test_a_target_may_come_back(self, store):
        """After all that was known of a target is deleted, its scrapes are taken as before."""
        await put(store, scrape(NODE_1, NOON, sample("up", 1)))
        assert await store.delete_before(NOON + 10 * DAY) == 1
        await put(store, scrape(NODE_2, NOON, sample("up", 2)), scrape(NODE_1, NOON, sample("up")))
        assert values(await store.select(selection(equal("node", "n2")))) == [2]


class SeriesStoreContract(SeriesWriting, Selecting, SeriesChanging, SeriesAgreement):
    @pytest.fixture
    def make_series(self) -> MakeSeriesStore:
        raise NotImplementedError("an implementation's tests say how a store is made")

    def test_a_reader_sees_what_another_has_acknowledged(self, make_series):
        """One that came before the first scrape finds nothing, then each scrape at once."""

        async def check() -> None:
            async with opened(make_series, writable=False) as reader:
                assert await reader.select(selection()) == []
                assert await reader.targets(selection()) == []
                async with opened(make_series, writable=True) as writer:
                    for number in range(5):
                        await put(writer, scrape(NODE_1, NOON + number, sample("up", number)))
                        assert values(await reader.select(selection())) == list(range(number + 1))
                        assert await reader.targets(selection()) == [NODE_1]

        asyncio.run(check())

    def test_reading_amid_writing_gives_whole_scrapes(self, make_series):
        """A selection during a write sees both series of a scrape, or neither."""

        async def write(writer: SeriesStore) -> None:
            for start in range(NOON, NOON + 300, 20):
                times = range(start, start + 20)
                both = ([sample("a", time - NOON), sample("b", time - NOON)] for time in times)
                scrapes = zip(times, both, strict=True)
                await put(writer, *(scrape(NODE_1, time, *said) for time, said in scrapes))

        async def check() -> None:
            async with (
                opened(make_series, writable=True) as writer,
                opened(make_series, writable=False) as reader,
                asyncio.TaskGroup() as group,
            ):
                writing = group.create_task(write(writer))
                while True:
                    is_whole = writing.done()
                    await asyncio.sleep(0)  # lets the writer on where the store never waits
                    found = plain(await reader.select(selection()))
                    assert len(found) in {0, 2}
                    assert all(each[1:] == found[0][1:] for each in found)
                    if is_whole:
                        assert len(found[1][1]) == 300
                        return

        asyncio.run(check())

    @on_a_series_store
    async def test_thousands_of_scrapes_come_back_in_order(self, store):
        """Neither the number of scrapes written at once nor of those found has a wall."""
        times = [NOON + n * SECOND for n in range(6_000)]
        half = [scrape(NODE_1, time, sample("load", n)) for n, time in enumerate(times)]
        other = [scrape(NODE_2, time, sample("load", -n)) for n, time in enumerate(times)]
        await put(store, *reversed(half), *other)
        first, second = await store.select(selection())
        assert first.times.tolist() == second.times.tolist() == times
        assert first.values.tolist() == list(range(6_000))
        assert second.values.tolist() == [-n for n in range(6_000)]

    @on_a_series_store
    async def test_thousands_of_targets_are_found(self, store):
        """All of them are listed, and an expression chooses among all of them."""
        numbers = range(2_100)
        nodes = [{"job": "node", "node": f"n{number:04}"} for number in numbers]
        await put(store, *(scrape(nodes[n], NOON, sample("up", n)) for n in numbers))
        assert await store.targets(selection()) == nodes
        assert values_of_all(await store.select(selection())) == list(numbers)
        tens = await store.select(selection(Matcher("node", Operator.MATCH, "n.*0")))
        assert values_of_all(tens) == list(numbers[::10])

    @on_a_series_store
    async def test_a_read_after_its_deadline_is_a_timeout(self, store):
        """Whoever asks too late is told so, whatever is asked for."""
        await put(store, scrape(NODE_1, NOON, sample("up")))
        late = Selection(Deadline.after(0), NOON, NOON)
        with pytest.raises(TimeoutError):
            await store.select(late)
        with pytest.raises(TimeoutError):
            await store.targets(late)
