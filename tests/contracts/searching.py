"""What each node of a search finds, in both collections."""

from __future__ import annotations

from typing import Any

import pytest

from clew.schema.document import Collection, Document
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words
from clew.store.protocols import Facet, LogStore, Scope
from tests.contracts.running import ask, found, on_a_store, put
from tests.support.documents import NOON, document

ORDER_ID = "a3-order_1234.x"

LINES: dict[str, dict[str, Any]] = {
    "bought": {
        "message": f"Bought (id={ORDER_ID}): it's 3,5 EUR, ÄPFEL und 日本 order",
        "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "clew.transaction": ORDER_ID,
        "http.response.status_code": 200,
        "event.duration": -5,
        "clew.violations": ["no-trace", "no-level"],
        "labels": {"order_id": ORDER_ID, "shop": "north"},
        "kubernetes.labels": {"app.kubernetes.io/name": "cart", "tier": "north"},
        "event.ingested": "2023-01-29T12:00:01.5Z",
    },
    "failed": {
        "message": "order:1234 failed",
        "error.message": "no stock for order 1234",
        "error.stack_trace": "at shop.Cart.pay(Cart.java:42)\n\tat shop.Main",
        "trace.id": "4BF92F3577B34DA6A3CE929D0E0E4736",
        "http.response.status_code": 503,
        "event.duration": 2**63 - 1,
        "clew.violations": ["no-level"],
        "labels": {"customer": "north", "order_id": "a3"},
        "kubernetes.labels": {"app.kubernetes.io/name": "till"},
        "kubernetes.namespace": "bank",
    },
    "long": {
        "message": f"<{'x' * 600}> {'ü' * 255}-end",
        "labels": {"empty": "", "spaced": "two words"},
        "kubernetes.namespace": None,
        "service.name": "c" * 1000,
    },
}

FOUND: list[tuple[Node, str]] = [
    (Everything(), "bought failed long"),
    # Words: around and inside stand marks of any kind, and case is nothing.
    (Words("order"), "bought failed"),
    (Words("ORDER"), "bought failed"),
    (Words("1234"), "bought failed"),
    (Words(ORDER_ID), "bought"),
    (Words("A3 Order 1234 X"), "bought"),
    (Words("order-1234"), "bought failed"),
    (Words("order_1234."), "bought failed"),
    (Words("1234 order"), ""),
    (Words("orde"), ""),
    (Words("3.5"), "bought"),
    (Words("s"), "bought"),
    (Words("äpfel UND"), "bought"),
    (Words("日本"), "bought"),
    (Words("apfel"), ""),
    (Words("cart java 42 at shop"), "failed"),
    (Words("...", "message"), ""),
    (Words("", "message"), ""),
    (Words("failed no stock"), ""),  # the end of one field and the beginning of another
    (Words("x" * 600), "long"),
    (Words("x" * 255), "long"),
    (Words("x" * 90), "long"),
    (Words("x" * 254), ""),
    (Words(f"{'Ü' * 255} end"), "long"),
    # Words of one field.
    (Words("order", "message"), "bought failed"),
    (Words("order 1234", "error.message"), "failed"),
    (Words("stock", "message"), ""),
    (Words("shop main", "error.stack_trace"), "failed"),
    # Without a field, the exact value of an ID field or a label is found too.
    (Words("4bf92f3577b34da6a3ce929d0e0e4736"), "bought"),
    (Words("4bf92f"), ""),
    (Words("north"), "bought failed"),
    (Words("North"), ""),
    (Words("two words"), "long"),
    (Words("two"), ""),
    # Terms.
    (Term("service.name", ("cart",)), "bought failed"),
    (Term("service.name", ("Cart",)), ""),
    (Term("service.name", ("c" * 1000,)), "long"),
    (Term("trace.id", ("4BF92F3577B34DA6A3CE929D0E0E4736", "unknown")), "failed"),
    (Term("clew.violations", ("no-level",)), "bought failed"),
    (Term("clew.violations", ("no-trace",)), "bought"),
    (Term("http.response.status_code", ("200",)), "bought"),
    (Term("http.response.status_code", ("200", "503")), "bought failed"),
    (Term("http.response.status_code", ("teapot",)), ""),
    (Term("event.duration", (str(2**63 - 1),)), "failed"),
    (Term("event.duration", ("-5",)), "bought"),
    (Term("labels", ("north",)), "bought failed"),
    (Term("labels.shop", ("north",)), "bought"),
    (Term("labels.shop", ("south",)), ""),
    (Term("labels.spaced", ("two words",)), "long"),
    (Term("service.name", ()), ""),
    # The labels of a pod are apart from those of its lines.
    (Term("kubernetes.labels.app.kubernetes.io/name", ("cart",)), "bought"),
    (Term("kubernetes.labels", ("cart", "till")), "bought failed"),
    (Term("kubernetes.labels.tier", ("south",)), ""),
    (Term("labels.tier", ("north",)), ""),
    (Term("kubernetes.labels.order_id", (ORDER_ID,)), ""),
    (Words("till"), ""),
    (Prefix("kubernetes.labels.tier", "no"), "bought"),
    (Prefix("kubernetes.labels", "t"), "failed"),
    (Exists("kubernetes.labels"), "bought failed"),
    (Exists("kubernetes.labels.tier"), "bought"),
    (Exists("kubernetes.labels.order_id"), ""),
    # Prefixes: case counts in keywords and labels, not in words.
    (Prefix("trace.id", "4bf92f"), "bought"),
    (Prefix("service.name", "ca"), "bought failed"),
    (Prefix("service.name", "c"), "bought failed long"),
    (Prefix("service.name", "CA"), ""),
    (Prefix("service.name", "c.*"), ""),
    (Prefix("labels.order_id", "a3"), "bought failed"),
    (Prefix("labels.order_id", "a3-"), "bought"),
    (Prefix("labels", "nor"), "bought failed"),
    (Prefix("labels.customer", "nor"), "failed"),
    (Prefix("clew.violations", "no-t"), "bought"),
    (Prefix("message", "Fail"), "failed"),
    (Prefix("message", "äpf"), "bought"),
    (Prefix("error.message", "fail"), ""),
    (Prefix(None, "sto"), "failed"),
    (Prefix(None, "ord"), "bought failed"),
    # Ranges.
    (Range("http.response.status_code", 200, 503), "bought failed"),
    (Range("http.response.status_code", 201, None), "failed"),
    (Range("http.response.status_code", None, 502), "bought"),
    (Range("http.response.status_code", 503, 200), ""),
    (Range("event.duration", None, -1), "bought"),
    (Range("event.duration", 2**63 - 1, 2**63 - 1), "failed"),
    (Range("http.response.status_code"), "bought failed"),
    (Range("@timestamp", NOON, NOON), "bought"),
    (Range("@timestamp", NOON + 1, NOON + 2), "failed long"),
    (Range("event.ingested", NOON + 1_500_000_000, None), "bought"),
    (Range("event.ingested", NOON + 1_500_000_001, None), ""),
    # Existence.
    (Exists("message"), "bought failed long"),
    (Exists("http.response.status_code"), "bought failed"),
    (Exists("clew.violations"), "bought failed"),
    (Exists("error.stack_trace"), "failed"),
    (Exists("event.ingested"), "bought"),
    (Exists("labels"), "bought failed long"),
    (Exists("labels.order_id"), "bought failed"),
    (Exists("labels.empty"), "long"),
    (Exists("labels.absent"), ""),
    (Exists("url.path"), ""),
    # And, Or, Not.
    (And((Words("order"), Term("labels", ("a3",)))), "failed"),
    (And((Words("order"), Not(Words("failed")))), "bought"),
    (And(()), "bought failed long"),
    (Or((Words("äpfel"), Exists("error.message"))), "bought failed"),
    (Or(()), ""),
    (Not(Words("order")), "long"),
    (Not(Everything()), ""),
    (Not(Not(Words("äpfel"))), "bought"),
    (Not(And((Exists("labels"), Not(Range("event.duration", 0, None))))), "failed"),
    (Or((Not(Exists("kubernetes.namespace")), Words("äpfel"))), "bought long"),
]


def lines(collection: Collection) -> dict[str, Document]:
    return {
        name: document(number, fields, time=NOON + number, collection=collection)
        for number, (name, fields) in enumerate(LINES.items())
    }


class Searching:
    @pytest.mark.parametrize("collection", Collection)
    def test_each_node_finds_what_it_means(self, make, collection):
        """Each node finds exactly the lines that it describes, whichever collection they are in."""

        async def check(self: Searching, store: LogStore) -> None:
            written = lines(collection)
            names = {document.id: name for name, document in written.items()}
            await put(store, *written.values())
            for query, expected in FOUND:
                ids = await found(store, query)
                assert {names[id_] for id_ in ids} == set(expected.split()), query

        on_a_store(check)(self, make)

    @on_a_store
    async def test_a_question_names_its_collections(self, store: LogStore):
        """Only the collections asked for answer, and each hit says which one it is in."""
        log = document(1)
        kept = document(2, {"event.original": "<raw>"}, collection=Collection.QUARANTINE)
        await put(store, log, kept)
        for document_ in (log, kept):
            question = ask(collections=(document_.collection,))
            page = await store.search(question, limit=10)
            assert [(hit.id, hit.collection) for hit in page.hits] == [document_[1::-1]]
            assert await store.count(question) == 1
        both = await store.search(ask(), limit=10)
        assert [hit.collection for hit in both.hits] == [Collection.LOGS, Collection.QUARANTINE]

    @on_a_store
    async def test_since_is_inclusive_and_until_is_not(self, store: LogStore):
        """The bounds are of @timestamp, to the nanosecond, whatever the runtime wrote beside it."""
        await put(store, *(document(n, time=NOON + n, runtime_time=NOON) for n in range(5)))
        page = await store.search(ask(since=NOON + 1, until=NOON + 3), limit=10)
        assert [hit.source["log.offset"] for hit in page.hits] == [1, 2]
        assert await store.count(ask(since=NOON + 3)) == 2
        assert await store.count(ask(until=NOON + 3)) == 3

    @on_a_store
    async def test_a_scope_hides_other_namespaces_from_every_read(self, store: LogStore):
        """Lines of other namespaces, or of none, are neither found, counted nor told of."""
        namespaces = ("shop", "shop", "bank", "shopping", None)
        await put(
            store,
            *(document(n, {"kubernetes.namespace": name}) for n, name in enumerate(namespaces)),
        )
        shop = ask(scope=Scope(frozenset({"shop"})))
        page = await store.search(shop, limit=10)
        assert ([hit.source["log.offset"] for hit in page.hits], page.total) == ([0, 1], 2)
        assert [hit.source["log.offset"] async for hit in store.scan(shop)] == [0, 1]
        assert await store.count(shop) == 2
        assert [bucket.count for bucket in await store.histogram(shop, 1_000_000)] == [2]
        facets = await store.facets(shop, "kubernetes.namespace", 10)
        assert facets == [Facet("shop", 2)]
        two = ask(scope=Scope(frozenset({"shop", "bank"})))
        assert await store.count(two) == 3

    @on_a_store
    async def test_an_empty_scope_sees_nothing(self, store: LogStore):
        """Who may see no namespace sees no line; who may see all sees those without one too."""
        await put(store, document(1), document(2, {"kubernetes.namespace": None}))
        assert await store.count(ask(scope=Scope(frozenset()))) == 0
        assert await store.count(ask(scope=Scope(None))) == 2

    @on_a_store
    async def test_a_scope_is_not_widened_by_the_question(self, store: LogStore):
        """No query, not even one that asks for another namespace, sees beyond the scope."""
        await put(store, document(1), document(2, {"kubernetes.namespace": "bank"}))
        scope = Scope(frozenset({"shop"}))
        everything = Or((Everything(), Term("kubernetes.namespace", ("bank",))))
        assert await found(store, everything, scope=scope) == {document(1).id}
        assert await found(store, Not(Term("service.name", ("x",))), scope=scope) == {
            document(1).id
        }
