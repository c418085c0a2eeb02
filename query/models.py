"""The shapes of the answers, for OpenAPI; the answers themselves are made by `query.replies`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.schema.fields import FIELDS, FieldType
from clew.transaction.model import Completeness, NodeFigures, Step, Summary, Verdict

_JSON_TYPES: dict[FieldType, dict[str, Any]] = {
    FieldType.LONG: {"type": "integer"},
    FieldType.TIME: {"type": "string", "format": "date-time"},
    FieldType.LABELS: {"type": "object", "additionalProperties": {"type": "string"}},
}


def _add_fields(schema: dict[str, Any]) -> None:
    """Describe every field of a document, from the one table that knows them."""
    properties = schema.setdefault("properties", {})
    for field in FIELDS.values():
        shape = _JSON_TYPES.get(field.type, {"type": "string"})
        properties[field.name] = shape | {"description": field.meaning}


class FoundLine(BaseModel):
    """One line, with its fields under their dotted names."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_add_fields)

    id: str = Field(description="Names the line for ever: its file and its offset.")
    quarantined: bool = Field(description="Whether the schema refused it.")


class TransactionLine(FoundLine):
    match: Literal["direct", "linked"] = Field(
        description="`direct` if it carries the ID, `linked` if it came through a trace."
    )
    step: int | None = Field(description="The number of its step.")


class TransactionAnswer(BaseModel):
    """Everything an ID leads to."""

    id: str
    matched: list[str] = Field(description="The fields that have the ID.")
    trace_ids: list[str]
    offered_trace_ids: list[str] = Field(
        description="Traces of lines that only mention the ID in their text: not followed."
    )
    hub: bool = Field(description="The ID leads to too many traces: choose one.")
    start: str | None
    end: str | None
    services: list[str]
    lines: list[TransactionLine]
    steps: list[Step]
    verdict: Verdict | None
    completeness: Completeness
    nodes: list[NodeFigures] | None = Field(
        description="How busy the nodes of its steps were; null where samples can't be read."
    )


class UnknownTransaction(BaseModel):
    """No line has this ID."""

    id: str
    lines: list[TransactionLine] = Field(max_length=0)


class RecentAnswer(BaseModel):
    transactions: list[Summary]


class HistogramBucket(BaseModel):
    start: str = Field(description="RFC 3339.")
    count: int


class SearchAnswer(BaseModel):
    lines: list[FoundLine]
    total: int = Field(description="All matches, whatever the page's size.")
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")
    interval_nanoseconds: int = Field(description="The width of a bucket of the histogram.")
    histogram: list[HistogramBucket] = Field(description="Empty buckets are left out.")
    completeness: Completeness | None = Field(
        description="What may be missing; told with the first page, null on later ones."
    )


class AlertsAnswer(BaseModel):
    """Groups of alert rules, each with its rules and their alerts."""

    groups: list[dict[str, Any]] = Field(
        description="`file`, `name`, `interval_seconds`, `evaluated_at`, `evaluation_seconds`, "
        "`held` (why it is not evaluated further), `missed`, and `rules`, each with `name`, "
        "`definition`, `error`, `left_out` and `alerts`."
    )


class NodeAnswer(BaseModel):
    """A node; times are RFC 3339, and null is what is not known."""

    node: str
    cluster: str = Field(description="Empty where its agent names none.")
    last_seen: str | None = Field(
        description="When it was sampled last, within the time asked for."
    )
    delivered_up_to: str | None = Field(
        description="What its containers wrote before is stored, as its agent said last."
    )
    booted_at: str | None
    cpus: int | None
    memory_total_bytes: float | None


class NodeNow(NodeAnswer):
    """The figures are the latest, at most five minutes old; shares are from 0 to 1."""

    cpu_busy_share: float | None = Field(description="Of all CPUs; waiting for a disk is not busy.")
    cpu_iowait_share: float | None
    memory_used_bytes: float | None
    load1: float | None
    load5: float | None
    load15: float | None
    disk_read_bytes_per_second: float | None
    disk_written_bytes_per_second: float | None
    network_received_bytes_per_second: float | None
    network_sent_bytes_per_second: float | None


class NodesAnswer(BaseModel):
    nodes: list[NodeNow] = Field(description="Those that were sampled within the last hour.")


class CurveAnswer(BaseModel):
    """One figure over time. `latest`, `mean` and `most` are of all samples."""

    latest: float | None
    mean: float | None
    most: float | None
    points: list[tuple[str, float | None]] = Field(
        description="At most about 240, each a time and a value; null: samples are missing."
    )


class NodeHistory(NodeAnswer):
    since: str
    until: str
    curves: dict[str, CurveAnswer] = Field(
        description="By the names that the figures have in the list of nodes, and by "
        "`memory_total_bytes`."
    )


class Failure(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="A sentence for a person.")
    position: int | None = Field(
        default=None, description="The character of the query at fault, from 0."
    )
    suggestion: str | None = Field(default=None, description="What could stand there instead.")


FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": Failure, "description": "A parameter or the query can't be read"},
    401: {"model": Failure, "description": "The token is missing or wrong"},
    503: {"model": Failure, "description": "The store can't be reached"},
    504: {"model": Failure, "description": "The store took too long"},
}
