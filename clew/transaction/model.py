"""
The answer to "what happened to this ID": steps, verdict, completeness.

These classes are also the JSON that `clew trace --json` and the API give, described in
`docs/spec/transaction.md`. Times in JSON are RFC 3339 with nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Source = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """
    One document of a transaction.

    DIRECT carries the ID itself, LINKED came through a trace. `step` is the number of its step.
    """

    id: str
    source: Source
    match: Literal["direct", "linked"]
    quarantined: bool = False
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of one service in one pod. `lines` and `errors` are counts; numbers begin at 1."""

    number: int
    service: str
    pod: str
    node: str
    span: str | None
    parent: int | None  # the number of the step that caused this one, where spans say so
    start: str
    end: str
    duration_nanoseconds: int
    lines: int
    errors: int
    first_error: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    The first step that failed, and what it said.

    `reported_by` are the services that only told of it again. `called` is the service that the
    failing step could not get an answer from, where its line names one and that one is silent.
    """

    step: int
    service: str
    pod: str
    reason: str
    line: str  # the ID of the document that says so
    reported_by: list[str] = field(default_factory=list)
    called: str | None = None


@dataclass(frozen=True, slots=True)
class AgentBehind:
    """
    An agent that has not delivered everything up to the end of an answer, or did not say so yet.

    `delivered_up_to` is None where it is not known. `stopped` is true where the agent was through
    when it ended: nothing of it is on the way, but its containers may have gone on without it.
    """

    agent: str
    node: str
    delivered_up_to: str | None
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """
    What is known to be missing, so that "no error found" can be weighed.

    `agents` are those behind; of `agents_reporting` ones in all, None where that is not known.
    Up to `shed_lines` lines were left out on purpose around this time; none told of a failure.
    """

    visible_up_to: str
    complete_up_to: str | None = None
    agents_reporting: int | None = None
    agents: list[AgentBehind] = field(default_factory=list)
    unreadable_files: int = 0
    gaps: int = 0
    gap_bytes: int = 0
    gap_bytes_at_least: bool = False  # of some gaps nobody knows how much was lost
    shed_lines: int = 0
    shed_kinds: list[str] = field(default_factory=list)
    quarantined: int
    silent_services: list[str]  # called by somebody, but not one line of theirs is here

    @property
    def behind(self) -> list[AgentBehind]:
        """Agents whose lines may still arrive."""
        return [agent for agent in self.agents if not agent.stopped]


@dataclass(frozen=True, slots=True)
class Share:
    """A share, from 0 to 1, over the time of a transaction."""

    mean: float
    max: float


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """
    How busy a node was while the transaction ran; None where no sample tells.

    `samples` counts those taken meanwhile, the last before and the first after it among them.
    """

    node: str
    cpu_busy_share: Share | None
    memory_used_share: Share | None
    samples: int


@dataclass(frozen=True, slots=True)
class NodeLanes:
    """
    The same of a node from some minutes before to some minutes after, for drawing.

    Points are of a time in Unix nanoseconds and a share, None between two shares where samples are
    missing.
    """

    node: str
    cluster: str
    cpu_busy: Sequence[tuple[int, float | None]]
    memory_used: Sequence[tuple[int, float | None]]


@dataclass(frozen=True, slots=True)
class Transaction:
    """
    Everything an ID leads to.

    `matched` names the fields that have the ID as their value, or TEXT fields that contain it.
    `hub` is true where it leads to too many traces to be one transaction: then `lines` are the
    direct ones, `steps` is empty, and `choice` is the list to choose from. `offered_trace_ids`
    are traces of lines that merely mention the ID in their text: told, never followed.
    `nodes` are those of its steps, in the order of these; None where the samples could not be read.
    `node_lanes` are for pages, and not part of the JSON.
    """

    id: str
    matched: list[str]
    trace_ids: list[str]
    offered_trace_ids: list[str]
    hub: bool
    start: str | None
    end: str | None
    services: list[str]
    lines: list[Line]
    steps: list[Step]
    verdict: Verdict | None
    completeness: Completeness
    nodes: list[NodeFigures] | None = field(default_factory=list)
    node_lanes: list[NodeLanes] = field(default_factory=list)

    @property
    def choice(self) -> list[str]:
        """Of a hub the traces to choose from: those that carry the ID, or else mention it."""
        return self.trace_ids or self.offered_trace_ids

    def as_json(self) -> dict[str, Any]:
        """The JSON object; an ID that leads nowhere is `{"id": ..., "lines": []}`."""
        if not self.lines:
            return {"id": self.id, "lines": []}
        answer = {
            name: getattr(self, name)
            for name in ("id", "matched", "trace_ids", "offered_trace_ids", "hub")
        }
        answer |= {"start": self.start, "end": self.end, "services": self.services}
        answer["lines"] = [_line(line) for line in self.lines]
        answer["steps"] = [asdict(step) for step in self.steps]
        answer["verdict"] = None if self.verdict is None else asdict(self.verdict)
        answer["completeness"] = asdict(self.completeness)
        answer["nodes"] = None if self.nodes is None else [asdict(node) for node in self.nodes]
        return answer


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "match": line.match,
        "step": line.step,
        "quarantined": line.quarantined,
        **line.source,
    }


@dataclass(frozen=True, slots=True)
class Summary:
    """A transaction in a list. `id` is the business transaction's, or else a trace's."""

    id: str
    start: str
    end: str
    duration_nanoseconds: int
    services: list[str]
    lines: int
    errors: int
    failed_service: str | None
    reason: str | None
