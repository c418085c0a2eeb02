"""
How busy the nodes of a transaction were while it ran.

A transaction is answered whether samples are there or not: they explain it, they are no part of it.
So they have a moment of its time, and what can't be read then is said not to be known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from clew.answers.curves import Reading, curve
from clew.answers.node_series import OF_NODES, SHARES, NodeFold, NodeSeries, named
from clew.promql.matchers import Matcher, Operator, equal
from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError
from clew.schema.timestamps import SECOND, parse_rfc3339
from clew.store.protocols import Scope, Selection, Series, SeriesStore
from clew.transaction.model import NodeFigures, NodeLanes, Share, Transaction

AROUND = 180 * SECOND
"""How much before and after is read: a dozen samples, so that a rise can be told from a habit."""

LONGEST = 6 * 3600 * SECOND
"""Of a longer transaction no figures are read: a mean over a day explains nothing."""

MOST_NODES = 50
"""Nodes whose samples are read; the others of a transaction are named without figures."""

PATIENCE_SECONDS = 2.0
"""How long the answer waits for them at most."""


async def with_nodes(
    transaction: Transaction, store: SeriesStore | None, *, scope: Scope, deadline: Deadline
) -> Transaction:
    """The transaction with the figures of its nodes; without a store no sample is there."""
    names = list(dict.fromkeys(step.node for step in transaction.steps if step.node))
    if not names or transaction.start is None or transaction.end is None:
        return transaction
    start, end = parse_rfc3339(transaction.start), parse_rfc3339(transaction.end)
    found: dict[str, NodeSeries] = {}
    if store is not None and end - start <= LONGEST:
        soon = Deadline.after(min(PATIENCE_SECONDS, deadline.remaining()), deadline.clock)
        selection = _selection(names[:MOST_NODES], start, end, scope, soon)
        try:
            found = _by_node(await store.select(selection), _cluster(transaction))
        except (ClewError, TimeoutError):
            return replace(transaction, nodes=None)
    return replace(
        transaction,
        nodes=[_figures(name, found.get(name), start, end) for name in names],
        node_lanes=[_lanes(each, start - AROUND, end + AROUND) for each in found.values()],
    )


def _selection(
    names: Sequence[str], start: int, end: int, scope: Scope, deadline: Deadline
) -> Selection:
    one = equal("node", names[0])
    many = Matcher("node", Operator.MATCH, "|".join(map(re.escape, names)))
    matchers = (*OF_NODES, one if len(names) == 1 else many, named(SHARES))
    return Selection(deadline, start - AROUND, end + AROUND, matchers, scope)


def _by_node(found: Sequence[Series], cluster: str) -> dict[str, NodeSeries]:
    """By name; where several clusters have a node of that name, the transaction's own first."""
    fold = NodeFold()
    fold.feed(found)
    nodes = sorted(fold.nodes(), key=lambda each: each.target.cluster == cluster)
    return {each.target.node: each for each in nodes}


def _cluster(transaction: Transaction) -> str:
    """The cluster of its lines, the first where there are several; may be empty."""
    clusters = (line.source.get("kubernetes.cluster") for line in transaction.lines)
    return next((each for each in clusters if isinstance(each, str)), "")


def _figures(name: str, series: NodeSeries | None, start: int, end: int) -> NodeFigures:
    if series is None:
        return NodeFigures(name, None, None, 0)
    cpu = [each for each in series.cpu_busy() if each.since <= end and each.time >= start]
    first, last = _bounds(series, start, end)
    memory = [each for each in series.memory_used_share() if first <= each.time <= last]
    return NodeFigures(
        node=name,
        cpu_busy_share=_share(cpu),
        memory_used_share=_share(memory),
        samples=sum(first <= time <= last for time in series.times),
    )


def _bounds(series: NodeSeries, start: int, end: int) -> tuple[int, int]:
    """From the last sample before to the first after, as long as there is no gap between."""
    wait = series.wait
    before = [time for time in series.times if start - wait <= time <= start]
    after = [time for time in series.times if end <= time <= end + wait]
    return max(before, default=start), min(after, default=end)


def _share(readings: Sequence[Reading]) -> Share | None:
    """Each reading counts for as long as it is about; those of a moment count alike."""
    if not readings:
        return None
    weights = [each.time - each.since or 1 for each in readings]
    weighted = (each.value * weight for each, weight in zip(readings, weights, strict=True))
    most = max(each.value for each in readings)
    return Share(round(sum(weighted) / sum(weights), 4), round(most, 4))


def _lanes(series: NodeSeries, since: int, until: int) -> NodeLanes:
    cpu, memory = (
        curve(readings, since, until, series.wait).points
        for readings in (series.cpu_busy(), series.memory_used_share())
    )
    return NodeLanes(series.target.node, series.target.cluster, cpu, memory)
