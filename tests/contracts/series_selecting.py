"""What a SeriesStore promises about selections."""

from __future__ import annotations

import math
import struct
from array import array

from clew.promql.matchers import NAME, Matcher, Operator, equal
from clew.store.protocols import Scope
from tests.contracts.series_running import on_a_series_store, put
from tests.support.documents import NOON
from tests.support.scrapes import NODE_1, NODE_2, sample, scrape, selection, values

SHOP = {"job": "shop", "instance": "10.0.0.1:80", "namespace": "shop", "pod": "shop-0"}
BANK = {"job": "bank", "instance": "10.0.0.2:80", "namespace": "bank", "pod": "bank-0"}
STALE = struct.unpack("<d", (0x7FF0000000000002).to_bytes(8, "little"))[0]


class Selecting:
    @on_a_series_store
    async def test_a_series_has_the_labels_of_its_target(self, store):
        """Labels of target and sample together, the target's own above a sample's."""
        await put(store, scrape(NODE_1, NOON, sample("cpu", 0.5, cpu="0", job="other")))
        [series] = await store.select(selection())
        assert series.labels == NODE_1 | {"__name__": "cpu", "cpu": "0"}
        assert (series.times, series.values) == (array("q", [NOON]), array("d", [0.5]))

    @on_a_series_store
    async def test_series_are_sorted_by_their_labels(self, store):
        """By the pairs of names and values, whatever the order of arrival."""
        await put(
            store,
            scrape(NODE_2, NOON, sample("b"), sample("a", cpu="1"), sample("a", cpu="0")),
            scrape(NODE_1, NOON, sample("b"), sample("a", cpu="0")),
        )
        found = [each.labels for each in await store.select(selection())]
        assert found == sorted(found, key=lambda labels: sorted(labels.items()))
        assert len(found) == 5

    @on_a_series_store
    async def test_a_name_selects_its_series(self, store):
        """By equality, by inequality, by an expression that has to match the whole name."""
        said = [sample(name) for name in ("load", "load1", "memory")]
        await put(store, scrape(NODE_1, NOON, *said), scrape(NODE_2, NOON, sample("memory")))

        async def found(operator: Operator, value: str) -> list[str]:
            matching = await store.select(selection(Matcher(NAME, operator, value)))
            return [each.labels[NAME] for each in matching]

        assert await found(Operator.EQUAL, "load") == ["load"]
        assert await found(Operator.NOT_EQUAL, "memory") == ["load", "load1"]
        assert await found(Operator.MATCH, "load.*") == ["load", "load1"]
        assert await found(Operator.MATCH, "loa") == []
        assert await found(Operator.NOT_MATCH, "load|load1") == ["memory", "memory"]
        assert await found(Operator.EQUAL, "absent") == []

    @on_a_series_store
    async def test_labels_of_targets_select(self, store):
        """All four operators, over targets that have the label and others that do not."""
        for number, target in enumerate((NODE_1, NODE_2, SHOP)):
            await put(store, scrape(target, NOON, sample("up", number)))

        async def found(operator: Operator, value: str) -> list[float]:
            matching = await store.select(selection(Matcher("node", operator, value)))
            return sorted(each.values[0] for each in matching)

        assert await found(Operator.EQUAL, "n1") == [0]
        assert await found(Operator.EQUAL, "") == [2]
        assert await found(Operator.NOT_EQUAL, "n1") == [1, 2]
        assert await found(Operator.NOT_EQUAL, "") == [0, 1]
        assert await found(Operator.MATCH, "n1|n2") == [0, 1]
        assert await found(Operator.MATCH, "n1|") == [0, 2]
        assert await found(Operator.NOT_MATCH, "n.") == [2]

    @on_a_series_store
    async def test_labels_of_samples_select(self, store):
        """What only a sample says counts as what its target says."""
        await put(
            store,
            scrape(NODE_1, NOON, *(sample("cpu", n, cpu=str(n), mode="idle") for n in range(4))),
        )
        idle = equal("mode", "idle")
        assert values(await store.select(selection(idle, equal("cpu", "2")))) == [2]
        some = await store.select(selection(idle, Matcher("cpu", Operator.MATCH, "[13]")))
        assert [each.values[0] for each in some] == [1, 3]
        assert await store.select(selection(equal("mode", "user"))) == []

    @on_a_series_store
    async def test_both_bounds_are_inclusive(self, store):
        """To the nanosecond; a selection that ends before it begins finds nothing."""
        await put(store, *(scrape(NODE_1, NOON + n, sample("up", n)) for n in range(5)))

        async def found(since: int, until: int) -> list[float]:
            bounded = selection(since=NOON + since, until=NOON + until)
            return [value for each in await store.select(bounded) for value in each.values]

        assert await found(1, 3) == [1, 2, 3]
        assert await found(2, 2) == [2]
        assert await found(-9, 0) == [0]
        assert await found(5, 9) == []
        assert await found(3, 1) == []

    @on_a_series_store
    async def test_samples_come_in_order_of_time(self, store):
        """Whatever the order of arrival; a series that pauses has no sample then."""
        for n in (3, 0, 4, 1, 2):
            said = [sample("up", n)] if n == 2 else [sample("other", n), sample("up", n)]
            await put(store, scrape(NODE_1, NOON + n, *said))
        other, up = await store.select(selection())
        assert up.times.tolist() == [NOON + n for n in range(5)]
        assert up.values.tolist() == [0, 1, 2, 3, 4]
        assert other.values.tolist() == [0, 1, 3, 4]

    @on_a_series_store
    async def test_one_name_of_two_targets_is_two_series(self, store):
        """Each target's samples stay its own."""
        await put(
            store,
            *(scrape(NODE_1, NOON + n, sample("up", n)) for n in range(3)),
            *(scrape(NODE_2, NOON + n, sample("up", 10 + n)) for n in range(3)),
        )
        first, second = await store.select(selection(equal(NAME, "up")))
        assert (first.labels["node"], first.values.tolist()) == ("n1", [0, 1, 2])
        assert (second.labels["node"], second.values.tolist()) == ("n2", [10, 11, 12])

    @on_a_series_store
    async def test_two_targets_may_say_one_series(self, store):
        """Samples of equal labels are one series, in order of time, whoever said them."""
        bare = {key: value for key, value in NODE_1.items() if key != "node"}
        await put(
            store,
            *(scrape(NODE_1, NOON + n, sample("up", n)) for n in (0, 3)),
            *(scrape(bare, NOON + n, sample("up", n, node="n1")) for n in (1, 2, 4)),
        )
        assert values(await store.select(selection(equal("node", "n1")))) == [0, 1, 2, 3, 4]

    @on_a_series_store
    async def test_values_come_back_to_the_bit(self, store):
        """NaN (also the one that marks a stale series), infinities, zeros, smallest and largest."""
        said = [math.nan, STALE, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1]
        await put(store, *(scrape(NODE_1, NOON + n, sample("x", v)) for n, v in enumerate(said)))
        [series] = await store.select(selection())
        assert series.values.tobytes() == array("d", said).tobytes()

    @on_a_series_store
    async def test_a_scope_shows_its_namespaces_only(self, store):
        """Neither series nor targets of others are seen, nor those without a namespace."""
        for target in (NODE_1, SHOP, BANK):
            await put(store, scrape(target, NOON, sample("up", namespace="shop")))
        scope = Scope(frozenset({"shop", "other"}))
        [series] = await store.select(selection(equal(NAME, "up"), scope=scope))
        assert series.labels == SHOP | {"__name__": "up"}
        assert await store.targets(selection(scope=scope)) == [SHOP]
        nothing = selection(scope=Scope(frozenset()))
        assert await store.select(nothing) == []
        assert await store.targets(nothing) == []

    @on_a_series_store
    async def test_targets_are_those_scraped_in_the_time(self, store):
        """Sorted, each once, and only where every matcher holds for the target itself."""
        for n in range(3):
            await put(store, scrape(NODE_2, NOON + n, sample("up", cpu="0")))
        await put(store, scrape(NODE_1, NOON + 2, sample("up")), scrape(SHOP, NOON, sample("up")))
        assert await store.targets(selection()) == [SHOP, NODE_1, NODE_2]
        assert await store.targets(selection(equal("job", "node"))) == [NODE_1, NODE_2]
        assert await store.targets(selection(since=NOON + 1)) == [NODE_1, NODE_2]
        assert await store.targets(selection(until=NOON)) == [SHOP, NODE_2]
        assert await store.targets(selection(Matcher("node", Operator.MATCH, ".*2"))) == [NODE_2]
        assert await store.targets(selection(equal("cpu", "0"))) == []
