"""What a LogStore promises of a line that comes out of quarantine."""

from __future__ import annotations

from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.store.protocols import BOTH, LogStore, Outcome
from tests.contracts.running import ask, on_a_store, patience, put, until_visible
from tests.contracts.writing import outcomes
from tests.support.documents import decoded, document

LOGS, QUARANTINE = (Collection.LOGS,), (Collection.QUARANTINE,)


class Releasing:
    @on_a_store
    async def test_the_released_is_in_the_logs_and_no_longer_in_quarantine(self, store: LogStore):
        """One document takes the other's place, under the same ID."""
        kept = document(1, {"event.original": "x"}, collection=Collection.QUARANTINE)
        other = document(2, collection=Collection.QUARANTINE)
        await put(store, kept, other)
        released = document(1, {"message": "mended"})
        assert outcomes(await store.release([released], patience())) == [Outcome.CREATED]
        await until_visible(store)
        assert await store.count(ask(collections=QUARANTINE)) == 1
        hits = (await store.search(ask(collections=BOTH), limit=10)).hits
        assert [(hit.id, hit.collection) for hit in hits] == [
            (kept.id, Collection.LOGS),
            (other.id, Collection.QUARANTINE),
        ]
        assert hits[0].source == decoded(released)

    @on_a_store
    async def test_a_second_release_changes_nothing(self, store: LogStore):
        """EXISTS, and the logs say what they said."""
        await put(store, document(1, collection=Collection.QUARANTINE))
        await store.release([document(1, {"message": "first"})], patience())
        again = await store.release([document(1, {"message": "second"})], patience())
        assert outcomes(again) == [Outcome.EXISTS]
        await until_visible(store)
        found = await store.by_id([document(1).id], patience())
        assert found[document(1).id].source["message"] == "first"
        assert await store.count(ask()) == 1

    @on_a_store
    async def test_the_released_does_not_come_back(self, store: LogStore):
        """An agent that sends the quarantined line once more finds that it is stored."""
        kept = document(1, collection=Collection.QUARANTINE)
        await put(store, kept)
        await store.release([document(1)], patience())
        assert outcomes(await store.write([kept], patience())) == [Outcome.EXISTS]
        await until_visible(store)
        assert await store.count(ask(collections=QUARANTINE)) == 0

    @on_a_store
    async def test_what_the_logs_refuse_stays_in_quarantine(self, store: LogStore):
        """REFUSED, with a reason, and its neighbour is released all the same."""
        both = [document(n, collection=Collection.QUARANTINE) for n in (1, 2)]
        await put(store, *both)
        unfit = document(1, {"http.response.status_code": "teapot"})
        results = await store.release([unfit, document(2)], patience())
        assert outcomes(results) == [Outcome.REFUSED, Outcome.CREATED]
        assert results[0].reason
        await until_visible(store)
        assert await store.count(ask(collections=QUARANTINE)) == 1
        assert await store.count(ask(collections=LOGS)) == 1

    @on_a_store
    async def test_what_is_in_no_collection_is_created(self, store: LogStore):
        """Somebody purged it meanwhile: what was to be kept is kept."""
        assert outcomes(await store.release([document(1)], patience())) == [Outcome.CREATED]
        await until_visible(store)
        assert await store.count(ask(collections=LOGS)) == 1

    @on_a_store
    async def test_past_the_deadline_a_release_is_held(self, store: LogStore):
        """It is in one collection at least, and a later release brings it into the logs."""
        await put(store, document(1, collection=Collection.QUARANTINE))
        assert outcomes(await store.release([document(1)], Deadline.after(0))) == [Outcome.HELD]
        await store.release([document(1)], patience())
        await until_visible(store)
        assert await store.count(ask(collections=LOGS)) == 1
        assert await store.count(ask(collections=QUARANTINE)) == 0

    @on_a_store
    async def test_a_purge_leaves_the_logs_alone(self, store: LogStore):
        """Of the IDs named, only what is in the collection named goes; it says how many."""
        await put(store, document(1), document(2, collection=Collection.QUARANTINE))
        ids = [document(1).id, document(2).id, "unknown"]
        assert await store.delete(ids, QUARANTINE) == 1
        await until_visible(store)
        assert list(await store.by_id(ids, patience())) == [document(1).id]
