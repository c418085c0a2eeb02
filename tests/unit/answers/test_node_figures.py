from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from clew.answers.node_figures import AROUND, LONGEST, MOST_NODES
from clew.answers.transactions import transaction
from clew.runtime.clock import Deadline
from clew.runtime.errors import CorruptionError, TransientError
from clew.schema.timestamps import SECOND
from clew.store.protocols import EVERYWHERE, SeriesStore
from clew.transaction.model import Share, Transaction
from tests.support.documents import NOON
from tests.support.memory_series_store import MemorySeriesStore
from tests.support.memory_store import MemoryStore
from tests.support.node_samples import EVERY, scrapes, series_with
from tests.support.reports import told
from tests.support.sources import MILLISECOND, document, source

START = NOON + 3 * SECOND
"""Between two samples, as most transactions are."""


def ask(
    store: SeriesStore | None,
    nodes: Sequence[str] = ("node-1",),
    *,
    seconds: float = 0.08,
    **fields: Any,
) -> Transaction:
    """A transaction of this length with a step on each of these nodes."""

    async def answer() -> Transaction:
        logs = MemoryStore()
        await logs.write(
            [
                document(f"{number:02}-{end}", _line(node, START + round(end * SECOND), fields))
                for number, node in enumerate(nodes)
                for end in (0.0, seconds)
            ],
            Deadline.after(60),
        )
        return await transaction(
            logs,
            "O-1",
            reports=told(),
            series=store,
            scope=EVERYWHERE,
            deadline=Deadline.after(60),
        )

    return asyncio.run(answer())


def _line(node: str, time: int, fields: dict[str, Any]) -> dict[str, Any]:
    return source(
        time / MILLISECOND,
        f"on-{node}",
        kubernetes__node__name=node,
        clew__transaction="O-1",
        trace__id="t1",
        **fields,
    )


def every(start: int, end: int) -> range:
    """Times of samples, from and to a number of them around NOON."""
    return range(NOON + start * EVERY, NOON + end * EVERY, EVERY)


def test_a_transaction_between_two_samples_has_the_figures_of_both():
    """What the CPUs did is known of the time between them; memory is as both say."""
    store = series_with(scrapes("node-1", every(-20, 20), busy=0.4))
    [node] = ask(store).nodes or []
    assert (node.node, node.samples) == ("node-1", 2)
    assert node.cpu_busy_share == Share(0.4, 0.4)
    assert node.memory_used_share == Share(0.6, 0.6)


def test_a_longer_one_has_mean_and_most_of_all_samples_meanwhile():
    store = series_with(scrapes("node-1", every(-20, 60)))
    [node] = ask(store, seconds=300).nodes or []
    assert node.samples == 22
    assert node.cpu_busy_share is not None
    assert node.cpu_busy_share.mean < node.cpu_busy_share.max == pytest.approx(0.75, abs=0.01)


def test_of_one_that_has_just_ended_the_cpu_is_not_known_yet():
    """What the CPUs did since the last sample, the next one will tell."""
    store = series_with(scrapes("node-1", every(-20, 1), busy=0.4))
    [node] = ask(store).nodes or []
    assert (node.cpu_busy_share, node.samples) == (None, 1)
    assert node.memory_used_share == Share(0.6, 0.6)


def test_over_a_gap_nothing_is_claimed():
    store = series_with(scrapes("node-1", [*every(-12, -6), *every(6, 12)], busy=0.4))
    answer = ask(store)
    [node] = answer.nodes or []
    assert (node.cpu_busy_share, node.memory_used_share, node.samples) == (None, None, 0)
    [lanes] = answer.node_lanes
    assert None in [value for _, value in lanes.cpu_busy]


def test_every_node_that_took_part_is_named_in_the_order_of_steps():
    store = series_with(
        scrapes("node-2", every(-20, 20), busy=0.2), scrapes("node-9", every(-20, 20))
    )
    nodes = ask(store, ["node-3", "node-2"]).nodes or []
    assert [(node.node, node.samples) for node in nodes] == [("node-3", 0), ("node-2", 2)]


def test_a_name_is_no_pattern():
    """Names stand in a regular expression where there are several."""
    store = series_with(scrapes("node-11", every(-20, 20)), scrapes("node+1", every(-20, 20)))
    nodes = ask(store, ["node.1", "node+1"]).nodes or []
    assert [(node.node, node.samples) for node in nodes] == [("node.1", 0), ("node+1", 2)]


def test_lanes_reach_from_before_to_after():
    store = series_with(scrapes("node-1", every(-40, 40)))
    [lanes] = ask(store).node_lanes
    times = [time for time, _ in lanes.memory_used]
    assert START - AROUND <= times[0] < START - AROUND + EVERY
    assert START + AROUND - EVERY < times[-1] <= START + AROUND + SECOND


def test_of_nodes_with_one_name_the_one_of_the_transactions_cluster_is_meant():
    store = series_with(
        scrapes("node-1", every(-20, 20), busy=0.1, cluster="a"),
        scrapes("node-1", every(-20, 20), busy=0.8, cluster="b"),
        scrapes("node-1", every(-20, 20), busy=0.2, cluster="c"),
    )
    [node] = ask(store, kubernetes__cluster="b").nodes or []
    assert node.cpu_busy_share == Share(0.8, 0.8)


class CountingStore(MemorySeriesStore):
    """A store that says how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def select(self, selection: Any) -> Any:
        self.asked += 1
        return await super().select(selection)


def test_one_look_is_enough_for_all_nodes():
    store = CountingStore()
    ask(store, ["node-1", "node-2", "node-3"])
    assert store.asked == 1


def test_nothing_is_asked_where_nothing_could_help():
    """Without a node, of a transaction that lasts a day, of an ID that leads nowhere."""
    store = CountingStore()
    assert ask(store, [""]).nodes == []
    [node] = ask(store, seconds=LONGEST / SECOND + 1).nodes or []
    assert (node.samples, store.asked) == (0, 0)


def test_of_very_many_nodes_the_first_have_figures_and_all_are_named():
    names = [f"node-{number:02}" for number in range(MOST_NODES + 1)]
    store = series_with(*(scrapes(name, every(-1, 3)) for name in names))
    nodes = ask(store, names).nodes or []
    assert [node.node for node in nodes] == names
    assert [node.samples for node in nodes] == [2] * MOST_NODES + [0]


def test_without_a_store_of_samples_there_are_none():
    [node] = ask(None).nodes or []
    assert (node.cpu_busy_share, node.samples) == (None, 0)


class FailingStore(MemorySeriesStore):
    """A store whose disk is gone, or that is too slow: no real one can be made to be either."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def select(self, selection: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        TransientError("the disk is gone"),
        CorruptionError("series.sqlite", 0, "file is not a database"),
        TimeoutError("too slow"),
    ],
)
def test_a_store_that_fails_costs_the_figures_and_not_the_answer(error: Exception):
    answer = ask(FailingStore(error))
    assert (len(answer.lines), len(answer.steps)) == (2, 1)
    assert (answer.nodes, answer.as_json()["nodes"]) == (None, None)
