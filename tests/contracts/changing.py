"""What a LogStore promises about deletion."""

from __future__ import annotations

from clew.schema.document import Collection
from clew.store.protocols import LogStore, Outcome
from tests.contracts.running import ask, on_a_store, patience, put, until_visible
from tests.support.documents import NOON, document

DAY = 86_400 * 1_000_000_000


class Changing:
    @on_a_store
    async def test_the_deleted_is_gone_from_every_read(self, store: LogStore):
        """Deleted IDs, of either collection, are not found, counted nor faceted any more."""
        kept = document(1, {"service.name": "kept"})
        gone = [
            document(2, {"service.name": "gone"}),
            document(3, {"service.name": "gone"}, collection=Collection.QUARANTINE),
        ]
        await put(store, kept, *gone)
        await store.delete([document.id for document in gone] + ["unknown"])
        await until_visible(store)
        assert [hit.id for hit in (await store.search(ask(), limit=10)).hits] == [kept.id]
        assert await store.count(ask()) == 1
        assert [facet.value for facet in await store.facets(ask(), "service.name", 9)] == ["kept"]
        assert list(await store.by_id([kept.id, *(g.id for g in gone)], patience())) == [kept.id]

    @on_a_store
    async def test_a_deleted_id_can_be_written_again(self, store: LogStore):
        """After a delete the ID is free: its next write creates it."""
        await put(store, document(1, {"message": "first"}))
        await store.delete([document(1).id])
        results = await store.write([document(1, {"message": "second"})], patience())
        assert results[0].outcome is Outcome.CREATED
        await until_visible(store)
        hits = await store.by_id([document(1).id], patience())
        assert hits[document(1).id].source["message"] == "second"

    @on_a_store
    async def test_deleting_nothing_is_no_mistake(self, store: LogStore):
        """Neither an empty list nor unknown IDs change or raise anything."""
        await put(store, document(1))
        await store.delete([])
        await store.delete(["unknown"])
        assert await store.count(ask()) == 1

    @on_a_store
    async def test_delete_before_goes_by_the_runtimes_time(self, store: LogStore):
        """What the runtime wrote days before goes, whatever its own clock said; the rest stays."""
        old = [
            document(n, time=NOON + 40 * DAY, runtime_time=NOON + n * DAY, collection=collection)
            for n, collection in enumerate((Collection.LOGS, Collection.QUARANTINE))
        ]
        new = [
            document(n, time=NOON - 40 * DAY, runtime_time=NOON + n * DAY) for n in range(10, 13)
        ]
        await put(store, *old, *new)
        assert await store.delete_before(NOON + 10 * DAY) == len(old)
        await until_visible(store)
        left = [hit.id for hit in (await store.search(ask(), limit=10)).hits]
        assert left == [document.id for document in new]

    @on_a_store
    async def test_delete_before_everything_deletes_nothing(self, store: LogStore):
        """Where nothing is that old, nothing goes."""
        await put(store, document(1))
        assert await store.delete_before(NOON - 10 * DAY) == 0
        assert await store.count(ask()) == 1
