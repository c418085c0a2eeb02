"""
Every SeriesStore gives the answers of the one that just looks at each sample.

Random small scrapes meet random selections; pools of names and values are small, so that they meet.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.promql.matchers import NAME, Matcher, Operator
from clew.schema.sample import Sample, Scrape, pack_samples
from clew.store.protocols import Scope, SeriesStore
from tests.contracts.running import patience
from tests.support.documents import NOON
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.scrapes import plain, selection

names = st.sampled_from(["a", "aa", "b", "ünï:code"])
label_names = st.sampled_from(["job", "node", "cpu", "a.b", "namespace"])
label_values = st.sampled_from(["", "0", "1", "n1", "n2", "日本", "x" * 40])
labels = st.dictionaries(label_names, label_values, max_size=3)
samples = st.lists(
    st.builds(Sample, names, labels, st.floats()), max_size=4, unique_by=lambda s: str(s[:2])
)
scrapes = st.builds(
    lambda target, time, said: Scrape(target, time, pack_samples(said)),
    labels,
    st.integers(0, 5),
    samples,
)
expressions = st.sampled_from(["", ".*", ".+", "n.", "n1|0", "a+", "[^0]*", "日.?", "N1"])
matchers = st.one_of(
    st.builds(
        Matcher,
        st.one_of(st.just(NAME), label_names),
        st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]),
        st.one_of(names, label_values),
    ),
    st.builds(
        Matcher,
        st.one_of(st.just(NAME), label_names),
        st.sampled_from([Operator.MATCH, Operator.NOT_MATCH]),
        expressions,
    ),
)
scopes = st.sampled_from([Scope(), Scope(frozenset()), Scope(frozenset({"n1", "0"}))])
questions = st.tuples(st.lists(matchers, max_size=3), st.integers(0, 5), st.integers(0, 5), scopes)


class SeriesAgreement:
    def test_answers_are_those_of_the_plain_store(self, make_series):
        """Whatever is written and asked for, the store that just looks at each sample agrees."""
        spans = count(1)

        async def check(store: SeriesStore, written: list[Scrape], asked: list[Any]) -> None:
            # Each example has a time of its own, since a store forgets by time only.
            start = NOON + 1_000 * next(spans)
            moved = [Scrape(each.target, start + each.time, each.packed) for each in written]
            model = MemorySeriesStore()
            expected = await model.write(moved, patience())
            assert [each[0] for each in await store.write(moved, patience())] == [
                each[0] for each in expected
            ]
            for wanted, since, until, scope in asked:
                within = {"since": start + since, "until": start + until, "scope": scope}
                question = selection(*wanted, **within)
                assert plain(await store.select(question)) == plain(await model.select(question))
                assert await store.targets(question) == await model.targets(question)

        with asyncio.Runner() as runner:
            store = runner.run(make_series())

            @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
            @given(st.lists(scrapes, max_size=8), st.lists(questions, min_size=5, max_size=12))
            def agrees(written, asked):
                runner.run(check(store, written, asked))

            try:
                agrees()
            finally:
                runner.run(store.close())
