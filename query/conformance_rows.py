"""A service in the list of all, and what offends in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clew.answers.conformance import Conformance
from clew.answers.service_conformance import Offender
from clew.schema.document import Collection
from clew.schema.fields import TIMESTAMP
from clew.transaction.links import quarantine_path, service_path, with_query
from clew.transaction.texts import printable, said
from query.conformance_asked import ConformanceParameters, Sort
from query.drawing.stacks import Segment, segments

_LITTLE = 0.0005
"""Of a share, what its change has to be to be told: half of what is shown."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """Shares are from 0 to 1. `change` is that of the canonical share, in percentage points."""

    conformance: Conformance
    href: str
    quarantine: str
    bar: list[Segment]
    canonical: float
    translated: float
    quarantined: float
    violating: float
    with_trace: float
    with_transaction: float
    change: str
    better: bool
    dialects: str


def board_row(each: Conformance, parameters: ConformanceParameters) -> BoardRow:
    time = {"since": parameters.since, "until": parameters.until}
    narrowed = {**time, "namespace": parameters.namespace}
    change = each.change("canonical")
    shares = {
        name: each.now.share(name) or 0.0
        for name in (
            "canonical",
            "translated",
            "quarantined",
            "violating",
            "with_trace",
            "with_transaction",
        )
    }
    return BoardRow(
        conformance=each,
        href=with_query(service_path(each.service), **narrowed),
        quarantine=with_query("/quarantine", service=each.service, **_asked_time(parameters)),
        bar=segments(each.now),
        change="" if change is None or abs(change) < _LITTLE else f"{100 * change:+.1f}",
        better=bool(change and change > 0),
        dialects=", ".join(
            f"{printable(name)} {number:,}"
            for name, number in sorted(each.dialects.items(), key=lambda pair: -pair[1])
        ),
        **shares,
    )


def _asked_time(parameters: ConformanceParameters) -> dict[str, str]:
    """The same time for the quarantine, which without a word means all time."""
    since = parameters.since or ("" if parameters.until else "24h")
    return {"since": since, "until": parameters.until, "namespace": parameters.namespace}


_KEYS: dict[Sort, Callable[[Conformance], Any]] = {
    "offending": lambda each: (-each.now.offending, -each.now.lines),
    "service": lambda each: each.service,
    "lines": lambda each: -each.now.lines,
    "canonical": lambda each: each.now.share("canonical"),
    "translated": lambda each: -(each.now.share("translated") or 0),
    "quarantined": lambda each: -each.now.quarantined,
    "trace": lambda each: each.now.share("with_trace"),
    "change": lambda each: each.change("canonical") or 0.0,
}


def sorted_by(services: Sequence[Conformance], sort: Sort) -> list[Conformance]:
    """Where there is most to do first; equal ones by name."""
    key = _KEYS[sort]
    return sorted(services, key=lambda each: (key(each), each.service))


@dataclass(frozen=True, slots=True)
class OffenderRow:
    name: str
    lines: int
    what: str
    timestamp: str
    text: str
    href: str


def offender_row(offender: Offender) -> OffenderRow:
    sample = offender.sample
    if sample is None:  # it was replayed or purged in between
        return OffenderRow(printable(offender.name), offender.lines, "", "", "", "")
    kept = sample.collection is Collection.QUARANTINE
    return OffenderRow(
        name=printable(offender.name),
        lines=offender.lines,
        what=printable(offender.what),
        timestamp=sample.source[TIMESTAMP],
        text=printable(said(sample.source)).replace("\n", "⏎")[:300],
        href=quarantine_path(sample.id) if kept else "",
    )
