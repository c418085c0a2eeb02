"""
One line as the pages show it.

A line may be 5 MB long. A page gets as much of it as a person reads at once, more behind a fold,
and says how much it left out; the JSON has all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clew.schema.fields import POD, SERVICE, SEVERITY, TIMESTAMP, TRACE, TRANSACTION
from clew.schema.identifiers import is_id
from clew.transaction.texts import printable, said

Source = dict[str, Any]

TEXT_CHARACTERS = 1_000
FOLDED_CHARACTERS = 20_000

_TONES = ((17, "error"), (13, "warn"), (9, "info"), (1, "debug"))


@dataclass(frozen=True, slots=True)
class Row:
    """
    `text` is shown; `folded` is what a click shows more of: the rest, the exception, its trace.

    `left_out` counts characters that are not on the page at all. `transaction` is the ID that
    leads from this line to the whole story, where it carries one.
    """

    id: str
    timestamp: str
    service: str
    pod: str
    level: str
    tone: str
    text: str
    folded: str
    left_out: int
    quarantined: str | None
    transaction: str | None


def row(id: str, source: Source, *, quarantined: bool) -> Row:  # noqa: A002
    text = printable(said(source)).rstrip("\n")
    folded = "\n".join(part for part in (text[TEXT_CHARACTERS:], _exception(source)) if part)
    return Row(
        id=id,
        timestamp=source[TIMESTAMP],
        service=_text(source, SERVICE, "kubernetes.container.name"),
        pod=_text(source, POD),
        level=_text(source, "log.level"),
        tone=_tone(source),
        text=text[:TEXT_CHARACTERS],
        folded=folded[:FOLDED_CHARACTERS],
        left_out=max(0, len(folded) - FOLDED_CHARACTERS),
        quarantined=_quarantine(source) if quarantined else None,
        transaction=_transaction(source),
    )


def _text(source: Source, *fields: str) -> str:
    """The first of these fields that says something, fit for a page."""
    return next((printable(str(source[field])) for field in fields if source.get(field)), "")


def _tone(source: Source) -> str:
    severity = source.get(SEVERITY) or 0
    return next((tone for least, tone in _TONES if severity >= least), "unknown")


def _exception(source: Source) -> str:
    """What an exception says that the line does not yet say, and its stack trace."""
    trace, shown = _text(source, "error.stack_trace"), printable(said(source))
    parts = (_text(source, "error.type"), _text(source, "error.message"))
    head = ": ".join(part for part in parts if part)
    repeated = head in trace or head in shown
    return "\n".join(part for part in ("" if repeated else head, trace) if part)


def _quarantine(source: Source) -> str:
    parts = (_text(source, field) for field in ("clew.reason", "clew.field", "clew.detail"))
    return " · ".join(part for part in parts if part) or "refused by the schema"


def _transaction(source: Source) -> str | None:
    for field in (TRANSACTION, "transaction.id", TRACE):
        value = source.get(field)
        if isinstance(value, str) and is_id(value):
            return value
    return None
