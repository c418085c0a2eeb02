"""Nodes as JSON; the shapes are described in `query.models`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from clew.answers.curves import Curve
from clew.answers.nodes import NodeState
from clew.schema.timestamps import format_rfc3339
from query.replies import json_reply


def nodes_reply(nodes: Sequence[NodeState], now: int) -> Response:
    return json_reply({"nodes": [_now_json(node, now) for node in nodes]})


def history_reply(node: NodeState) -> Response:
    return json_reply(
        _json(node)
        | {
            "since": format_rfc3339(node.since),
            "until": format_rfc3339(node.until),
            "curves": {name: _curve_json(curve) for name, curve in node.curves.items()},
        }
    )


def _json(node: NodeState) -> dict[str, Any]:
    return {
        "node": node.node,
        "cluster": node.cluster,
        "last_seen": _time(node.last_seen),
        "delivered_up_to": _time(node.delivered_up_to),
        "booted_at": _time(node.booted_at),
        "cpus": node.cpus,
        "memory_total_bytes": node.memory_total_bytes,
    }


def _now_json(node: NodeState, now: int) -> dict[str, Any]:
    figures = (name for name in node.curves if name != "memory_total_bytes")
    return _json(node) | {name: node.now(name, now) for name in figures}


def _curve_json(curve: Curve) -> dict[str, Any]:
    return {
        "latest": None if curve.latest is None else curve.latest.value,
        "mean": curve.mean,
        "most": curve.most,
        "points": [(format_rfc3339(time), value) for time, value in curve.points],
    }


def _time(time: int | None) -> str | None:
    return None if time is None else format_rfc3339(time)
