from __future__ import annotations

import asyncio
from array import array

import pytest

from clew.promql.expression import Value, evaluate, parse, selectors
from clew.promql.matchers import Matcher, Operator, equal
from clew.promql.parsing import MAXIMUM_DEPTH
from clew.promql.values import Wanted
from clew.runtime.clock import Deadline
from clew.schema.sample import Sample, Scrape, pack_samples
from clew.store.protocols import Selection
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.promql_series import at, series

SECOND = 10**9
MOMENT = at(600)


def wanted(text: str) -> list[Wanted]:
    return selectors(parse(text), MOMENT)


UP = (equal("__name__", "up"),)


def test_an_instant_selector_wants_five_minutes():
    assert wanted("up") == [Wanted(UP, MOMENT - 300 * SECOND, MOMENT)]


def test_a_range_selector_wants_its_range():
    assert wanted("rate(up[1h])") == [Wanted(UP, MOMENT - 3600 * SECOND, MOMENT)]


def test_an_offset_moves_what_is_wanted():
    until = MOMENT - 3600 * SECOND
    assert wanted("up offset 1h") == [Wanted(UP, until - 300 * SECOND, until)]
    later = MOMENT + 60 * SECOND
    assert wanted("rate(up[1m] offset -1m)") == [Wanted(UP, MOMENT, later)]


def test_what_is_wanted_twice_is_asked_for_once():
    assert len(wanted("up / up + rate(up[5m])")) == 1
    assert len(wanted("up / up + rate(up[6m])")) == 2


def test_every_selector_is_found_wherever_it_stands():
    text = 'topk(scalar(a), -b) > on(x) label_replace(sum(rate(c[1m])), "x", "", "", "") or (d)'
    names = [one.matchers[0].value for one in wanted(text)]
    assert names == ["a", "b", "c", "d"]


def test_nothing_is_wanted_for_numbers():
    assert wanted("time() - 1") == []
    assert evaluate(parse("1 + 1"), {}, MOMENT) == [Value({}, 2.0)]


def test_all_matchers_are_asked_for():
    (only,) = wanted('{job!~"a.*", code="5"}')
    assert only.matchers == (Matcher("job", Operator.NOT_MATCH, "a.*"), equal("code", "5"))


@pytest.mark.parametrize("text", ["up", "last_over_time(up[1m])"])
def test_an_empty_label_is_none(text: str):
    """A target may send one, and Prometheus would not have kept it."""
    (only,) = wanted(text)
    fed = {only: [series("up", [(600, 1)], job="", node="n")]}
    assert evaluate(parse(text), fed, MOMENT) == [Value({"__name__": "up", "node": "n"}, 1.0)]


def test_the_deepest_that_is_taken_can_be_evaluated():
    text = f"{'abs(' * (MAXIMUM_DEPTH - 1)}up{')' * (MAXIMUM_DEPTH - 1)}"
    (up,) = wanted(text)
    fed = {up: [series("up", [(600, -1)])]}
    assert evaluate(parse(text), fed, MOMENT) == [Value({}, 1.0)]


def test_what_is_fed_is_not_changed():
    (up,) = wanted("up")
    one = series("up", [(600, 1)], job="a")
    evaluate(parse('label_replace(-up, "job", "b", "", "")'), {up: [one]}, MOMENT)
    assert (one.labels, one.values) == ({"__name__": "up", "job": "a"}, array("d", [1]))


def test_what_is_wanted_is_what_a_store_selects():
    async def check() -> list[Value]:
        store, deadline = MemorySeriesStore(), Deadline.after(60)
        for seconds, ups in ((540, (1, 1)), (570, (0, 1)), (600, (0, 1))):
            samples = [Sample("up", {"port": str(port)}, up) for port, up in enumerate(ups)]
            await store.write([Scrape({"node": "n"}, at(seconds), pack_samples(samples))], deadline)
        expression = parse("sum by (node) (avg_over_time(up[1m])) < 2")
        fed = {
            each: await store.select(Selection(deadline, each.since, each.until, each.matchers))
            for each in selectors(expression, MOMENT)
        }
        return evaluate(expression, fed, MOMENT)

    (value,) = asyncio.run(check())
    assert value.labels == {"node": "n"}
    assert value.value == pytest.approx(1 / 3 + 1)
