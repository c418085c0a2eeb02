"""
How busy the nodes of a transaction were, as two lanes for each: CPU and memory.

The axis begins some minutes before the transaction, since samples come every few seconds and most
transactions lie between two of them; where the transaction ran is a band across the lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.answers.curves import Curve, Point
from clew.answers.node_figures import AROUND
from clew.schema.timestamps import format_rfc3339, parse_rfc3339
from clew.transaction.links import node_path, with_query
from clew.transaction.model import NodeFigures, NodeLanes, Transaction
from query.drawing.axes import Axis, Mark, moments
from query.drawing.charts import Line, Shape, shape

_NARROWEST = 0.5
"""Percent: a transaction of milliseconds is still a band."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """
    A node: its figures, its lanes where there is something to draw, and where to see more.

    `waiting` is true until a sample tells of the transaction's whole time.
    """

    figures: NodeFigures
    waiting: bool
    cpu: Shape | None
    memory: Shape | None
    href: str


@dataclass(frozen=True, slots=True)
class NodeTable:
    """`left` and `width` of the band, in percent; `known` is false where samples can't be read."""

    known: bool
    rows: list[NodeRow]
    moments: list[Mark]
    left: float
    width: float


def draw(transaction: Transaction) -> NodeTable | None:
    """The nodes of a transaction; None where there is no sample of any."""
    if transaction.start is None or transaction.end is None:
        return None
    nodes = transaction.nodes
    if nodes is not None and not transaction.node_lanes:
        return None
    start, end = parse_rfc3339(transaction.start), parse_rfc3339(transaction.end)
    axis = Axis(start - AROUND, end + AROUND, 1.0)
    lanes = {lane.node: lane for lane in transaction.node_lanes}
    width = max(_NARROWEST, axis.left(end) - axis.left(start))
    return NodeTable(
        known=nodes is not None,
        rows=[_row(node, lanes.get(node.node), axis, end) for node in nodes or ()],
        moments=moments(axis),
        left=round(axis.left(start) - (_NARROWEST / 2 if width == _NARROWEST else 0), 3),
        width=round(width, 3),
    )


def _row(figures: NodeFigures, lanes: NodeLanes | None, axis: Axis, end: int) -> NodeRow:
    return NodeRow(
        figures=figures,
        waiting=lanes is not None and all(time < end for time, _ in lanes.memory_used),
        cpu=_shape(lanes.cpu_busy, axis) if lanes else None,
        memory=_shape(lanes.memory_used, axis) if lanes else None,
        href=with_query(
            node_path(figures.node),
            cluster=lanes.cluster if lanes else None,
            since=format_rfc3339(axis.since),
            until=format_rfc3339(axis.until),
        ),
    )


def _shape(points: Sequence[tuple[int, float | None]], axis: Axis) -> Shape:
    curve = Curve([Point(*point) for point in points], None, None, None)
    return shape(Line("", "k-0", curve, filled=True), axis)
