"""
Which nodes there are, how they are, and how one was over a time.

A long time is read in parts, and each part is folded into lines before the next is read: an answer
holds its lines, never all the samples that they are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clew.answers.curves import Curve
from clew.answers.node_series import (
    ALL,
    BOOTED,
    MEMORY_TOTAL,
    OF_NODES,
    NodeFold,
    NodeSeries,
    NodeTarget,
    named,
)
from clew.answers.reports import Reports
from clew.promql.matchers import equal
from clew.runtime.clock import Deadline
from clew.schema.timestamps import SECOND
from clew.store.protocols import Scope, Selection, SeriesStore
from clew.wire.report import Report

_MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND

SEEN_WITHIN = HOUR
"""A node that has said nothing for longer is not on the list any more."""

RECENT = 5 * _MINUTE
"""A figure that is older is not how a node is now; Prometheus looks back as far."""

MOST_TRENDS = 30
"""Nodes whose last hour is looked at for the list; of more, only what is recent."""

PART = 6 * HOUR
"""Of a node of 64 CPUs, some 10 MB of samples."""

LONGEST = 31 * DAY
"""As long a time as one answer may be about."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """
    A node over a time. Times are Unix nanoseconds, and None where they are not known.

    `curves` has a line for each name in `NodeSeries.curves`.
    """

    node: str
    cluster: str
    since: int
    until: int
    last_seen: int | None
    delivered_up_to: int | None
    booted_at: int | None
    cpus: int | None
    memory_total_bytes: float | None
    curves: dict[str, Curve]

    def now(self, name: str, at: int) -> float | None:
        """The latest value of a line, if it is of late."""
        latest = self.curves[name].latest
        return None if latest is None or latest.time < at - RECENT else latest.value


async def nodes(
    store: SeriesStore, *, now: int, reports: Reports, scope: Scope, deadline: Deadline
) -> list[NodeState]:
    """
    The nodes that were sampled within SEEN_WITHIN, by their names, and how they are.

    Raises what reads of a store raise: TimeoutError and TransientError.
    """
    told = await reports.latest(deadline)
    targets = await store.targets(Selection(deadline, now - SEEN_WITHIN, now, OF_NODES, scope))
    since = now - (SEEN_WITHIN if len(targets) <= MOST_TRENDS else RECENT)
    fold = NodeFold(map(NodeTarget.of, targets))
    if targets:
        matchers = (*OF_NODES, named(ALL))
        fold.feed(await store.select(Selection(deadline, since, now, matchers, scope)))
    delivered = _delivered(told)
    return [_state(each, since, now, delivered) for each in fold.nodes()]


async def node(
    store: SeriesStore,
    name: str,
    *,
    cluster: str | None,
    since: int,
    until: int,
    reports: Reports,
    scope: Scope,
    deadline: Deadline,
) -> NodeState | None:
    """
    One node over a time of at most LONGEST; None if it was not even sampled within LONGEST before.

    Of nodes with the same name in several clusters the one in `cluster` is meant, or else the
    first. Raises what reads of a store raise.
    """
    told = await reports.latest(deadline)
    wanted = {"node": name} if cluster is None else {"node": name, "cluster": cluster}
    own = (*OF_NODES, *(equal(*each) for each in wanted.items()))
    fold = NodeFold()
    for start in range(since, until, PART):
        end = min(start + PART, until) - 1
        fold.feed(await store.select(Selection(deadline, start, end, (*own, named(ALL)), scope)))
    if not fold.nodes():
        known = await store.targets(Selection(deadline, until - LONGEST, until, own, scope))
        fold = NodeFold(map(NodeTarget.of, known))
    delivered = _delivered(told)
    return next((_state(each, since, until, delivered) for each in fold.nodes()), None)


def _state(series: NodeSeries, since: int, until: int, delivered: Mapping[str, int]) -> NodeState:
    target, booted = series.target, series.latest(BOOTED)
    return NodeState(
        node=target.node,
        cluster=target.cluster,
        since=since,
        until=until,
        last_seen=series.last_seen,
        delivered_up_to=delivered.get(_agent(target)) or None,
        booted_at=None if booted is None else round(booted) * SECOND,
        cpus=len(series.cpus) or None,
        memory_total_bytes=series.latest(MEMORY_TOTAL),
        curves=series.curves(since, until),
    )


def _delivered(told: Iterable[Report] | None) -> dict[str, int]:
    """What each agent said last, by its name; 0 where it did not know."""
    latest: dict[str, int] = {}
    for each in told or ():
        latest[each.agent] = max(latest.get(each.agent, 0), each.delivered_up_to)
    return latest


def _agent(target: NodeTarget) -> str:
    """The name of the agent of the node."""
    return f"{target.cluster}/{target.node}" if target.cluster else target.node
