"""Quarantined lines as pages show them, and how far a change is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from clew.answers.quarantine import FIELD, ORIGINAL, REASON, content_of, ids_in
from clew.answers.remedies import remedy
from clew.schema.fields import TIMESTAMP
from clew.store.protocols import Hit
from clew.transaction.links import quarantine_path
from clew.transaction.steps import service_of
from clew.transaction.texts import printable, size
from clew.wire.quarantine import Changed

ROW_CHARACTERS = 300
PAGE_CHARACTERS = 200_000
"""Of one line on its page: what a browser lays out without a pause. The JSON has all of it."""

_PLACES = (
    ("namespace", "kubernetes.namespace"),
    ("pod", "kubernetes.pod.name"),
    ("container", "kubernetes.container.name"),
    ("restart", "kubernetes.container.restart"),
    ("node", "kubernetes.node.name"),
    ("stream", "stream"),
    ("file", "log.file.path"),
    ("offset", "log.offset"),
)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    href: str
    timestamp: str
    service: str
    namespace: str
    reason: str
    field: str
    text: str
    cut: bool
    id: str | None


def quarantined_row(hit: Hit) -> QuarantinedRow:
    source = hit.source
    text = _text(source, ORIGINAL).replace("\n", "⏎")
    return QuarantinedRow(
        href=quarantine_path(hit.id),
        timestamp=source[TIMESTAMP],
        service=service_of(source),
        namespace=_text(source, "kubernetes.namespace"),
        reason=_text(source, REASON),
        field=_text(source, FIELD),
        text=text[:ROW_CHARACTERS],
        cut=len(text) > ROW_CHARACTERS,
        id=next(iter(ids_in(source).values()), None),
    )


@dataclass(frozen=True, slots=True)
class ShownLine:
    """`left_out` characters are not on the page; `bytes_` is how long the line is, where known."""

    id: str
    timestamp: str
    service: str
    text: str
    left_out: int
    bytes_: str
    exact: bool
    places: list[tuple[str, str]]


def shown_line(hit: Hit) -> ShownLine:
    source, content = hit.source, content_of(hit.source)
    text = _text(source, ORIGINAL)
    return ShownLine(
        id=hit.id,
        timestamp=source[TIMESTAMP],
        service=service_of(source),
        text=text[:PAGE_CHARACTERS],
        left_out=max(0, len(text) - PAGE_CHARACTERS),
        bytes_="" if content is None else size(len(content)),
        exact="clew.raw" not in source,
        places=[(name, _text(source, field)) for name, field in _PLACES if field in source],
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """What all steps so far have done; it travels with the form."""

    total: int
    looked: int = 0
    done: int = 0
    kept: tuple[tuple[str, int], ...] = ()

    @classmethod
    def read(cls, form: dict[str, str]) -> Self:
        """Take what is its own out of a form. Raises ValueError."""
        kept = [each.rpartition(":") for each in form.pop("kept", "").split() if each]
        total, looked, done = (_natural(form.pop(n, "0")) for n in ("total", "looked", "done"))
        return cls(total, looked, done, tuple((name, _natural(n)) for name, _, n in kept))

    def and_then(self, step: Changed) -> Progress:
        kept = dict(self.kept)
        for reason, number in step.kept.items():
            kept[reason] = kept.get(reason, 0) + number
        return Progress(
            total=self.total or step.total,
            looked=self.looked + step.looked,
            done=self.done + sum(step.done.values()),
            kept=tuple(sorted(kept.items())),
        )

    @property
    def kept_text(self) -> str:
        return " ".join(f"{reason}:{number}" for reason, number in self.kept)

    @property
    def share(self) -> float:
        return min(1.0, self.looked / self.total) if self.total else 1.0

    @property
    def remedies(self) -> list[tuple[str, int, str]]:
        return [(reason, number, remedy(reason)) for reason, number in self.kept]


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(f"not a count: {text[:20]!r}")
    return int(text)


def _text(source: dict[str, Any], field: str) -> str:
    value = source.get(field)
    return "" if value is None else printable(str(value))
