"""What series stores do the same way: how scrapes become series."""

from __future__ import annotations

from itertools import permutations

import pytest

from clew.promql.matchers import Matcher, Operator, equal
from clew.store.protocols import Scope
from clew.store.series import SeriesFold, is_seen, may_have
from tests.support.scrapes import NODE_1, NODE_2, sample, scrape


def folded(*scrapes, matchers=()):
    fold = SeriesFold(matchers)
    for each in scrapes:
        fold.add(str(each.target), each.target, each.time, each.packed)
    return [(each.labels, each.times.tolist(), each.values.tolist()) for each in fold.series()]


def test_a_change_of_shape_is_met():
    """Series that come, go, come back and change their places keep their own values."""
    shapes = list(permutations("abc", 2))
    scrapes = [
        scrape(NODE_1, time, *(sample(name, ord(name) + time) for name in shape))
        for time, shape in enumerate([*shapes, *shapes])
    ]
    found = folded(*scrapes)
    assert [labels["__name__"] for labels, _, _ in found] == ["a", "b", "c"]
    for labels, times, values in found:
        name = labels["__name__"]
        assert times == [time for time in range(12) if name in shapes[time % 6]]
        assert values == [ord(name) + time for time in times]


def test_targets_of_one_shape_stay_apart():
    """The same bytes of another target are other series."""
    found = folded(
        *(
            scrape(target, time, sample("up", value))
            for time in range(3)
            for value, target in enumerate((NODE_1, NODE_2))
        )
    )
    assert [(labels["node"], values) for labels, _, values in found] == [
        ("n1", [0, 0, 0]),
        ("n2", [1, 1, 1]),
    ]


def test_scrapes_out_of_order_are_put_in_order():
    """Whoever adds target by target gets series in order of time all the same."""
    assert folded(*(scrape(NODE_1, time, sample("up", time)) for time in (5, 1, 3))) == [
        (NODE_1 | {"__name__": "up"}, [1, 3, 5], [1, 3, 5])
    ]


def test_what_is_not_packed_is_a_value_error():
    """A store that holds something else says so."""
    with pytest.raises(ValueError, match="packed samples"):
        SeriesFold(()).add(1, NODE_1, 0, b"something else")


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        (equal("node", "n1"), True),
        (equal("node", "n2"), False),
        (equal("cpu", "0"), True),
        (Matcher("cpu", Operator.NOT_EQUAL, ""), True),
        (Matcher("node", Operator.NOT_MATCH, "n[12]"), False),
    ],
)
def test_a_target_is_left_out_by_what_it_says_only(matcher, expected):
    """A label that a target lacks may be its samples' own."""
    assert may_have(NODE_1, [matcher]) is expected


def test_a_node_is_seen_by_those_who_may_see_everything():
    assert is_seen(Scope(), NODE_1)
    assert not is_seen(Scope(frozenset({"shop"})), NODE_1)
    assert is_seen(Scope(frozenset({"shop"})), {"namespace": "shop"})
