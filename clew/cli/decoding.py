"""The JSON of a transaction -> the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from clew.transaction.model import (
    AgentBehind,
    Completeness,
    Line,
    NodeFigures,
    Share,
    Step,
    Transaction,
    Verdict,
)

_OF_LINE = ("id", "match", "step", "quarantined")

Part = TypeVar("Part", Step, Verdict, Completeness, AgentBehind, NodeFigures, Share)


def decode_transaction(answer: Mapping[str, Any]) -> Transaction:
    """
    What `Transaction.as_json` wrote, of an ID that leads somewhere.

    What a newer service says besides is passed over. Raises KeyError and TypeError where something
    is missing.
    """
    verdict = answer["verdict"]
    return Transaction(
        id=answer["id"],
        matched=answer["matched"],
        trace_ids=answer["trace_ids"],
        offered_trace_ids=answer["offered_trace_ids"],
        hub=answer["hub"],
        start=answer["start"],
        end=answer["end"],
        services=answer["services"],
        lines=[_line(line) for line in answer["lines"]],
        steps=[_part(Step, step) for step in answer["steps"]],
        verdict=None if verdict is None else _part(Verdict, verdict),
        completeness=decode_completeness(answer["completeness"]),
        nodes=_nodes(answer.get("nodes", ())),
    )


def decode_completeness(values: Mapping[str, Any]) -> Completeness:
    """What is said of an answer's completeness; an older service says nothing of agents."""
    agents = [_part(AgentBehind, agent) for agent in values.get("agents", ())]
    return _part(Completeness, {**values, "agents": agents})


def _nodes(nodes: Sequence[Mapping[str, Any]] | None) -> list[NodeFigures] | None:
    """An older service says nothing of nodes."""
    if nodes is None:
        return None
    shares = ("cpu_busy_share", "memory_used_share")
    return [
        _part(NodeFigures, {**node, **{name: _share(node[name]) for name in shares}})
        for node in nodes
    ]


def _share(share: Mapping[str, Any] | None) -> Share | None:
    return None if share is None else _part(Share, share)


def _line(line: Mapping[str, Any]) -> Line:
    source = {name: value for name, value in line.items() if name not in _OF_LINE}
    return Line(line["id"], source, line["match"], line["quarantined"], line["step"])


def _part(kind: type[Part], values: Mapping[str, Any]) -> Part:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})
