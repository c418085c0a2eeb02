"""What `LogStore.write` promises: a result for each document; the first write of an ID wins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.store.protocols import BOTH, LogStore, Outcome, Result
from tests.contracts.running import ask, on_a_store, patience, put, until_visible
from tests.support.documents import decoded, document


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    return [result.outcome for result in results]


class Writing:
    @on_a_store
    async def test_a_document_comes_back_as_it_was_written(self, store: LogStore):
        """Every value is given back unchanged, also of fields that no schema knows."""
        written = document(
            7,
            {
                "message": 'quo"te \\ tab\t nul\0 日本 \U0001f9f6',
                "labels": {"order_id": "O-1", "a.b": "c"},
                "clew.violations": ["no-trace", "no-level"],
                "clew.detail": "kept, never searched",
                "event.duration": 2**63 - 1,
                "unknown.field": {"deep": [1, 2.5, None, True]},
            },
        )
        await put(store, written)
        hit = (await store.by_id([written.id], patience()))[written.id]
        assert hit == (written.id, Collection.LOGS, decoded(written))

    @on_a_store
    async def test_results_stand_in_the_order_of_the_documents(self, store: LogStore):
        """New, known, refused: each answer stands where its document stood."""
        await put(store, document(1))
        broken = document(2)._replace(source=b'{"message": ')
        results = await store.write([document(3), document(1), broken, document(4)], patience())
        assert outcomes(results) == [
            Outcome.CREATED,
            Outcome.EXISTS,
            Outcome.REFUSED,
            Outcome.CREATED,
        ]
        assert results[2].reason

    @on_a_store
    async def test_the_first_write_of_an_id_wins(self, store: LogStore):
        """A second arrival is EXISTS and changes nothing, whatever it says."""
        await put(store, document(1, {"message": "first"}))
        results = await store.write([document(1, {"message": "second"})], patience())
        assert outcomes(results) == [Outcome.EXISTS]
        await until_visible(store)
        page = await store.search(ask(), limit=10)
        assert [hit.source["message"] for hit in page.hits] == ["first"]

    @on_a_store
    async def test_the_first_of_one_batch_wins(self, store: LogStore):
        """An ID that stands twice in one batch is stored once, as it came first."""
        twice = [document(1, {"message": "first"}), document(1, {"message": "second"})]
        results = await store.write(twice, patience())
        assert outcomes(results) == [Outcome.CREATED, Outcome.EXISTS]
        await until_visible(store)
        page = await store.search(ask(), limit=10)
        assert [hit.source["message"] for hit in page.hits] == ["first"]

    @on_a_store
    async def test_concurrent_writes_of_the_same_documents_store_them_once(self, store: LogStore):
        """However many writes of an ID meet, exactly one creates it."""
        same = [document(number) for number in range(50)]
        answers = await asyncio.gather(*(store.write(same, patience()) for _ in range(5)))
        for number in range(50):
            met = sorted(answer[number].outcome for answer in answers)
            assert met == [Outcome.CREATED] + [Outcome.EXISTS] * 4
        await until_visible(store)
        assert await store.count(ask()) == 50

    @on_a_store
    async def test_a_refused_document_leaves_its_neighbours_alone(self, store: LogStore):
        """A document that can't be stored is REFUSED for good; what stands around it is stored."""
        refused = [
            document(1)._replace(source=b"not JSON at all"),
            document(2)._replace(source=b'{"message": "cut off'),
            document(3)._replace(source=b'["no", "object"]'),
            document(4, {"http.response.status_code": "teapot"}),
            document(5, {"@timestamp": "yesterday"}),
        ]
        batch = [document(0), *refused, document(6)]
        results = await store.write(batch, patience())
        assert outcomes(results[1:-1]) == [Outcome.REFUSED] * len(refused)
        assert all(result.reason for result in results[1:-1])
        assert outcomes([results[0], results[-1]]) == [Outcome.CREATED] * 2
        await until_visible(store)
        page = await store.search(ask(), limit=10)
        assert [hit.id for hit in page.hits] == [document(0).id, document(6).id]

    @on_a_store
    async def test_quarantine_takes_values_that_do_not_fit(self, store: LogStore):
        """A quarantined document is JSON with a time; nothing else in it can be wrong."""
        odd = document(
            1,
            {"http.response.status_code": "teapot", "event.original": "<raw>"},
            collection=Collection.QUARANTINE,
        )
        await put(store, odd)
        assert (await store.by_id([odd.id], patience()))[odd.id].source == decoded(odd)

    @on_a_store
    async def test_an_id_is_in_one_collection_only(self, store: LogStore):
        """What was quarantined first is not indexed beside it, nor the other way round."""
        kept, indexed = document(1, collection=Collection.QUARANTINE), document(2)
        await put(store, kept, indexed)
        others = [document(1), document(2, collection=Collection.QUARANTINE), document(3)]
        results = await store.write(others, patience())
        assert outcomes(results) == [Outcome.EXISTS, Outcome.EXISTS, Outcome.CREATED]
        await until_visible(store)
        hits = (await store.search(ask(collections=BOTH), limit=10)).hits
        assert [(hit.id, hit.collection) for hit in hits] == [
            (kept.id, Collection.QUARANTINE),
            (indexed.id, Collection.LOGS),
            (document(3).id, Collection.LOGS),
        ]

    @on_a_store
    async def test_past_the_deadline_everything_is_held(self, store: LogStore):
        """Nothing is said to be stored to somebody who no longer listens."""
        results = await store.write([document(1), document(2)], Deadline.after(0))
        assert outcomes(results) == [Outcome.HELD] * 2
        assert all(result.reason for result in results)
        again = await store.write([document(1), document(2)], patience())
        assert set(outcomes(again)) <= {Outcome.CREATED, Outcome.EXISTS}

    @on_a_store
    async def test_nothing_to_write_is_no_mistake(self, store: LogStore):
        """An empty batch has an empty answer."""
        assert await store.write([], patience()) == []

    @on_a_store
    async def test_the_acknowledged_becomes_findable(self, store: LogStore):
        """What was acknowledged before `visible_up_to` is found by searches and by their counts."""
        await store.write([document(number) for number in range(10)], patience())
        await until_visible(store)
        assert await store.count(ask()) == 10
        assert len((await store.search(ask(), limit=100)).hits) == 10
