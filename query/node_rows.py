"""A node in the list of all: how it is now, and its last hour in small."""

from __future__ import annotations

from dataclasses import dataclass

from clew.answers.nodes import RECENT, NodeState
from clew.schema.timestamps import format_rfc3339
from clew.transaction.links import node_path, with_query
from query.drawing.axes import Axis
from query.drawing.charts import Line, Shape, shape
from query.drawing.node_charts import memory_text, share_of_memory

BUSY, FULL = 0.9, 0.9
"""From here on a figure is marked: what comes next has to wait, or is killed."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """
    Shares are from 0 to 1; None is what is not known now.

    `trend` is the CPU's last hour, where it is known. `silent` is true of a node whose samples have
    stopped.
    """

    node: NodeState
    href: str
    silent: bool
    last_seen: str | None
    cpu: float | None
    trend: Shape | None
    memory: float | None
    memory_text: str
    loads: list[float | None]
    received: float | None
    sent: float | None
    delivered_up_to: str | None


def node_row(node: NodeState, now: int) -> NodeRow:
    cpu, used = node.curves["cpu_busy_share"], node.now("memory_used_bytes", now)
    line = Line("busy", "k-0", cpu, filled=True)
    return NodeRow(
        node=node,
        href=with_query(node_path(node.node), cluster=node.cluster),
        silent=node.last_seen is None or node.last_seen < now - RECENT,
        last_seen=_time(node.last_seen),
        cpu=node.now("cpu_busy_share", now),
        trend=shape(line, Axis(node.since, node.until, 1.0)) if cpu.points else None,
        memory=share_of_memory(node, used),
        memory_text=memory_text(node, used),
        loads=[node.now(name, now) for name in ("load1", "load5", "load15")],
        received=node.now("network_received_bytes_per_second", now),
        sent=node.now("network_sent_bytes_per_second", now),
        delivered_up_to=_time(node.delivered_up_to),
    )


def _time(time: int | None) -> str | None:
    return None if time is None else format_rfc3339(time)
