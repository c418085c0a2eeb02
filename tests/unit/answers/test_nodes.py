from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from clew.answers.curves import MOST_POINTS
from clew.answers.nodes import DAY, HOUR, LONGEST, MOST_TRENDS, RECENT, NodeState, node, nodes
from clew.runtime.clock import Deadline
from clew.schema.sample import Scrape
from clew.schema.timestamps import SECOND
from clew.store.embedded.series_store import EmbeddedSeriesStore
from clew.store.protocols import EVERYWHERE, Scope, SeriesStore
from tests.support.documents import NOON
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.node_samples import CPUS, EVERY, MEMORY, scrapes
from tests.support.reports import report, told

Answer = TypeVar("Answer")
Ask = Callable[[SeriesStore], Coroutine[Any, Any, Answer]]

LAST = NOON - 3 * SECOND
"""When nodes were sampled last, if they go on being sampled."""


def up_to(last: int, *, back: int) -> range:
    return range(last - back, last + 1, EVERY)


@pytest.fixture(params=["memory", "embedded"])
def answer(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    """Asks a store that was filled, of either kind: both give the same answers."""

    def answer(ask: Ask[Answer], *filled: Iterable[Scrape]) -> Answer:
        async def filled_and_asked() -> Answer:
            store: SeriesStore = MemorySeriesStore()
            if request.param == "embedded":
                store = await EmbeddedSeriesStore.open(tmp_path / "store", writable=True)
            for each in filled:
                await store.write(list(each), Deadline.after(60))
            try:
                return await ask(store)
            finally:
                await store.close()

        return asyncio.run(filled_and_asked())

    return answer


def all_nodes(store: SeriesStore, **other: Any) -> Coroutine[Any, Any, list[NodeState]]:
    asked: dict[str, Any] = {
        "now": NOON,
        "reports": told(),
        "scope": EVERYWHERE,
        "deadline": Deadline.after(60),
    }
    return nodes(store, **(asked | other))


def one(name: str, **other: Any) -> Ask[NodeState | None]:
    asked: dict[str, Any] = {
        "cluster": None,
        "since": NOON - HOUR,
        "until": NOON,
        "reports": told(),
        "scope": EVERYWHERE,
        "deadline": Deadline.after(60),
    }
    return lambda store: node(store, name, **(asked | other))


def test_the_nodes_of_the_last_hour_and_how_they_are(answer: Callable[..., Any]):
    """One that was sampled an hour ago is not among them; one that has gone silent is."""
    busy, silent = answer(
        all_nodes,
        scrapes("node-1", up_to(LAST, back=10 * EVERY), busy=0.25),
        scrapes("node-2", up_to(NOON - 2 * RECENT, back=10 * EVERY)),
        scrapes("node-3", up_to(NOON - HOUR - SECOND, back=10 * EVERY)),
    )
    assert (busy.node, busy.last_seen, busy.cpus) == ("node-1", LAST, CPUS)
    assert (busy.memory_total_bytes, busy.booted_at) == (MEMORY, 1_670_000_000 * SECOND)
    assert busy.now("cpu_busy_share", NOON) == pytest.approx(0.25)
    assert (silent.node, silent.last_seen) == ("node-2", NOON - 2 * RECENT)
    assert silent.now("cpu_busy_share", NOON) is None
    assert silent.curves["cpu_busy_share"].points


def test_of_very_many_nodes_only_what_is_recent_is_read(answer: Callable[..., Any]):
    """A thousand nodes have a quarter of a million samples an hour; all are on the list anyway."""
    many = [scrapes(f"node-{n:02}", up_to(LAST, back=2 * EVERY)) for n in range(MOST_TRENDS)]
    found = answer(all_nodes, *many, scrapes("silent", up_to(NOON - 2 * RECENT, back=2 * EVERY)))
    assert len(found) == MOST_TRENDS + 1
    assert (found[-1].node, found[-1].last_seen) == ("silent", None)
    assert found[0].last_seen == LAST


def test_what_an_agent_reported_stands_beside_its_node(answer: Callable[..., Any]):
    reports = told(report("node-1", NOON - 7), report("node-2", 0))
    found = answer(
        lambda store: all_nodes(store, reports=reports),
        *(scrapes(f"node-{number}", up_to(LAST, back=EVERY)) for number in (1, 2, 3)),
    )
    assert [each.delivered_up_to for each in found] == [NOON - 7, None, None]


def test_no_nodes_are_an_empty_list(answer: Callable[..., Any]):
    assert answer(all_nodes) == []


def test_one_node_over_a_time(answer: Callable[..., Any]):
    """All samples of the time, and none of another node."""
    found = answer(
        one("node-1"),
        scrapes("node-1", up_to(LAST, back=2 * HOUR), busy=0.5),
        scrapes("node-2", up_to(LAST, back=2 * HOUR), busy=0.9),
    )
    points = found.curves["cpu_busy_share"].points
    assert [value for _, value in points] == [pytest.approx(0.5)] * len(points)
    assert 200 < len(points) <= MOST_POINTS + 1
    assert min(points)[0] >= NOON - HOUR


def test_a_long_time_has_one_line_without_seams(answer: Callable[..., Any]):
    """It is read in parts; counters go on from one to the next."""
    found = answer(
        one("node-1", since=NOON - DAY), scrapes("node-1", up_to(LAST, back=DAY), busy=0.5)
    )
    points = found.curves["cpu_busy_share"].points
    assert [value for _, value in points] == [pytest.approx(0.5)] * len(points)
    assert len(points) > MOST_POINTS / 2


def test_a_node_without_samples_in_this_time_is_known_by_those_before(answer: Callable[..., Any]):
    found = answer(one("node-1"), scrapes("node-1", up_to(NOON - DAY, back=EVERY)))
    assert (found.node, found.last_seen) == ("node-1", None)
    assert found.curves["load1"].points == []
    old = up_to(NOON - LONGEST - DAY, back=EVERY)
    assert answer(one("node-4"), scrapes("node-4", old)) is None
    assert answer(one("nobody")) is None


def test_a_node_of_a_cluster_is_asked_for_by_both_names(answer: Callable[..., Any]):
    filled = [
        list(scrapes("node-1", up_to(LAST, back=EVERY), busy=share, cluster=cluster))
        for cluster, share in (("a", 0.1), ("b", 0.8))
    ]
    found = answer(one("node-1", cluster="b"), *filled)
    assert (found.cluster, found.now("cpu_busy_share", NOON)) == ("b", pytest.approx(0.8))
    assert answer(one("node-1"), *filled).cluster == "a"


def test_scope(answer: Callable[..., Any]):
    """What a node says of itself is for those who may see everything."""
    shop = Scope(frozenset({"shop"}))
    filled = list(scrapes("node-1", up_to(LAST, back=EVERY)))
    assert answer(lambda store: all_nodes(store, scope=shop), filled) == []
    assert answer(one("node-1", scope=shop), filled) is None


def test_deadline(answer: Callable[..., Any]):
    """After the deadline there is no answer."""
    passed = Deadline.after(0)
    with pytest.raises(TimeoutError):
        answer(lambda store: all_nodes(store, deadline=passed))
    with pytest.raises(TimeoutError):
        answer(one("node-1", deadline=passed))
