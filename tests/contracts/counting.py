"""What a LogStore promises about counts, histograms, facets and single documents."""

from __future__ import annotations

from clew.schema.document import Collection
from clew.schema.timestamps import SECOND
from clew.search.nodes import Term, Words
from clew.store.protocols import Bucket, Facet, LogStore
from tests.contracts.running import ask, on_a_store, patience, put
from tests.support.documents import NOON, decoded, document

MILLISECOND = 1_000_000


class Counting:
    @on_a_store
    async def test_a_count_is_of_matches_only(self, store: LogStore):
        """What the query, the bounds and the collections leave over is counted."""
        await put(store, *(document(n, {"message": f"line {n % 3}"}) for n in range(30)))
        assert await store.count(ask()) == 30
        assert await store.count(ask(Words("line 2"))) == 10
        assert await store.count(ask(collections=(Collection.QUARANTINE,))) == 0

    @on_a_store
    async def test_histogram_buckets_begin_at_multiples_of_the_interval(self, store: LogStore):
        """Buckets are aligned to the epoch, in order, without the empty ones, to the nanosecond."""
        times = (NOON - 1, NOON, NOON + 1, NOON + 5 * SECOND - 1, NOON + 60 * SECOND)
        await put(store, *(document(n, time=time) for n, time in enumerate(times)))
        assert await store.histogram(ask(), 5 * SECOND) == [
            Bucket(NOON - 5 * SECOND, 1),
            Bucket(NOON, 3),
            Bucket(NOON + 60 * SECOND, 1),
        ]
        assert await store.histogram(ask(), MILLISECOND) == [
            Bucket(NOON - MILLISECOND, 1),
            Bucket(NOON, 2),
            Bucket(NOON + 5 * SECOND - MILLISECOND, 1),
            Bucket(NOON + 60 * SECOND, 1),
        ]

    @on_a_store
    async def test_a_histogram_is_of_matches_only(self, store: LogStore):
        """The query and the bounds of the question apply to a histogram as to a search."""
        await put(store, *(document(n, {"message": f"m{n % 2}"}, time=NOON + n) for n in range(9)))
        question = ask(Words("m0"), since=NOON + 1, until=NOON + 8)
        assert await store.histogram(question, SECOND) == [Bucket(NOON, 3)]
        assert await store.histogram(ask(Words("absent")), SECOND) == []

    @on_a_store
    async def test_facets_are_the_most_frequent_values(self, store: LogStore):
        """Values come by count, equal counts by value, and no more of them than asked for."""
        names = ["cart"] * 3 + ["stock"] * 5 + ["pay"] * 3 + ["mail"]
        await put(store, *(document(n, {"service.name": name}) for n, name in enumerate(names)))
        assert await store.facets(ask(), "service.name", 3) == [
            Facet("stock", 5),
            Facet("cart", 3),
            Facet("pay", 3),
        ]
        few = ask(Term("service.name", ("mail", "pay")))
        assert await store.facets(few, "service.name", 10) == [Facet("pay", 3), Facet("mail", 1)]
        assert await store.facets(ask(), "url.path", 10) == []

    @on_a_store
    async def test_a_facet_counts_documents(self, store: LogStore):
        """Of a field with several values each counts, once a document."""
        await put(
            store,
            document(1, {"clew.violations": ["no-trace", "no-level"]}),
            document(2, {"clew.violations": ["no-level", "no-level"]}),
            document(3, {"clew.violations": "no-level"}),
        )
        assert await store.facets(ask(), "clew.violations", 10) == [
            Facet("no-level", 3),
            Facet("no-trace", 1),
        ]

    @on_a_store
    async def test_by_id_finds_in_both_collections_whoever_asks(self, store: LogStore):
        """Known IDs are given back with their collection; unknown ones are left out."""
        log = document(1)
        kept = document(2, {"kubernetes.namespace": "bank"}, collection=Collection.QUARANTINE)
        await put(store, log, kept)
        hits = await store.by_id([kept.id, "unknown", log.id, log.id], patience())
        assert hits == {
            log.id: (log.id, Collection.LOGS, decoded(log)),
            kept.id: (kept.id, Collection.QUARANTINE, decoded(kept)),
        }
        assert await store.by_id([], patience()) == {}

    @on_a_store
    async def test_by_id_takes_thousands_at_once(self, store: LogStore):
        """Neither the number of IDs asked for nor of those found has a wall."""
        documents = [document(number) for number in range(1500)]
        await put(store, *documents)
        ids = [document.id for document in documents]
        hits = await store.by_id(ids + [f"unknown-{n}" for n in range(1500)], patience())
        assert sorted(hits) == sorted(ids)
