"""
Every store gives the answers that `clew.search.evaluation` defines.

Random small documents meet random questions; pools of values are small, so that they do meet.
Letters whose lower case is in dispute (such as the final sigma) are left out: Java, Rust and
Python each have an answer of their own for them.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.schema.document import Collection
from clew.schema.fields import FIELDS, LABEL_FIELDS, TEXT_FIELDS, FieldType
from clew.search.evaluation import matches
from clew.search.nodes import And, Everything, Exists, Node, Not, Or, Prefix, Range, Term, Words
from clew.store.protocols import LogStore
from tests.contracts.running import found, put
from tests.support.documents import NOON, decoded, document

Drawn = tuple[dict[str, Any], int, Collection]

KEYWORDS = ("trace.id", "clew.transaction", "service.name", "url.path")
LONGS = ("http.response.status_code", "event.duration")
EXISTING = [name for name, field in FIELDS.items() if field.type is not FieldType.STORED]

pieces = st.sampled_from(
    ["order", "Order", "1234", "x", "ÄPFEL", "äpfel", "日本", "код", "3", "z" * 300]
)
marks = st.sampled_from(["-", "_", ".", ":", " ", "/", "#", "(", "\n", "\\", "*"])
texts = st.lists(st.one_of(pieces, marks), max_size=6).map("".join)
starts = st.one_of(texts, pieces.map(lambda piece: piece[:2]), st.just("z" * 255))
numbers = st.sampled_from([-(2**63), -1, 0, 200, 503, 2**53 + 1, 2**63 - 1])
times = st.integers(NOON - 2, NOON + 3)
label_names = st.sampled_from(["order_id", "a.b", "ünï"])
objects = st.sampled_from(LABEL_FIELDS)
label_fields = st.one_of(objects, st.builds("{}.{}".format, objects, label_names))

fields = st.fixed_dictionaries(
    {},
    optional={name: st.one_of(texts, st.none()) for name in (*TEXT_FIELDS, *KEYWORDS)}
    | dict.fromkeys(LONGS, numbers)
    | {"clew.violations": st.lists(texts, max_size=3)}
    | dict.fromkeys(LABEL_FIELDS, st.dictionaries(label_names, texts, max_size=3)),
)
lines = st.tuples(fields, times, st.sampled_from(Collection))
keyword_fields = st.one_of(st.sampled_from([*KEYWORDS, "clew.violations"]), label_fields)

leaves = st.one_of(
    st.just(Everything()),
    st.builds(Words, texts, st.one_of(st.none(), st.sampled_from(TEXT_FIELDS))),
    st.builds(Term, keyword_fields, st.lists(texts, max_size=3).map(tuple)),
    st.builds(Term, st.sampled_from(LONGS), st.lists(numbers.map(str), max_size=2).map(tuple)),
    st.builds(Prefix, st.one_of(st.none(), keyword_fields, st.sampled_from(TEXT_FIELDS)), starts),
    st.builds(
        Range, st.sampled_from(LONGS), st.one_of(st.none(), numbers), st.one_of(st.none(), numbers)
    ),
    st.builds(Range, st.just("@timestamp"), times, times),
    st.builds(Exists, st.one_of(st.sampled_from(EXISTING), label_fields)),
)
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)


class Agreement:
    def test_answers_are_those_of_the_evaluation(self, make):
        """A store finds exactly the documents of which `matches` says yes."""
        offsets = count()

        async def check(store: LogStore, drawn: list[Drawn], questions: list[Node]) -> None:
            written = [
                document(next(offsets), line, time=time, collection=collection)
                for line, time, collection in drawn
            ]
            try:
                await put(store, *written)
                for query in questions:
                    expected = {d.id for d in written if matches(query, decoded(d))}
                    assert await found(store, query) == expected, query
            finally:
                await store.delete([document.id for document in written])

        # One store for all examples: making one takes longer than asking it.
        with asyncio.Runner() as runner:
            store = runner.run(make())

            @settings(
                max_examples=25,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )
            @given(
                st.lists(lines, min_size=1, max_size=12), st.lists(nodes, min_size=20, max_size=40)
            )
            def agrees(drawn, questions):
                runner.run(check(store, drawn, questions))

            try:
                agrees()
            finally:
                runner.run(store.close())
