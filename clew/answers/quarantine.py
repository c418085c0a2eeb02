"""What is in quarantine: lines chosen by service, reason, field and time, and how many of which."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clew.answers.lines import line_as_json
from clew.answers.remedies import remedy
from clew.answers.searching import encode_cursor
from clew.runtime.clock import Deadline
from clew.schema.document import Collection
from clew.schema.fields import ID_FIELDS, NAMESPACE, SERVICE
from clew.schema.identifiers import is_id
from clew.schema.rejection import Reason
from clew.search.nodes import And, Node, Term
from clew.store.protocols import Cursor, Facet, Hit, LogStore, Page, Question, Scope, Source
from clew.wire.quarantine import Chosen

QUARANTINE = (Collection.QUARANTINE,)
REASON, FIELD, DETAIL = "clew.reason", "clew.field", "clew.detail"
ORIGINAL, RAW = "event.original", "clew.raw"

MOST_NAMED = 20
"""Services and fields that a list counts; whoever has more asks for one of them."""

RECORDS = frozenset({Reason.REFUSED_BY_STORE, Reason.NOT_CANONICAL})
"""What is kept for these reasons is the record that was made of a line, not the line itself."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of quarantined lines, and counts of all that were chosen; the latter are told once."""

    page: Page
    reasons: list[Facet]
    services: list[Facet]
    fields: list[Facet]

    def as_json(self) -> dict[str, Any]:
        following = self.page.next
        return {
            "total": self.page.total,
            "reasons": _counts(self.reasons),
            "services": _counts(self.services),
            "fields": _counts(self.fields),
            "lines": [line_as_json(hit) for hit in self.page.hits],
            "next": encode_cursor(following) if following else None,
        }


def question_of(chosen: Chosen, scope: Scope, deadline: Deadline) -> Question:
    """What finds the lines that were chosen; of `ids` it knows nothing."""
    return Question(
        deadline, condition_of(chosen), scope, chosen.since, chosen.until, collections=QUARANTINE
    )


def condition_of(chosen: Chosen) -> Node:
    asked = {
        SERVICE: chosen.service,
        NAMESPACE: chosen.namespace,
        REASON: chosen.reason,
        FIELD: chosen.field,
    }
    return And(tuple(Term(name, (value,)) for name, value in asked.items() if value))


async def listed(
    store: LogStore,
    chosen: Chosen,
    *,
    limit: int,
    after: Cursor | None = None,
    scope: Scope,
    deadline: Deadline,
) -> Listed:
    """The newest lines first. Raises TimeoutError and TransientError."""
    question = question_of(chosen, scope, deadline)
    page = await store.search(question, limit=limit, after=after, newest_first=True)
    if after is not None or not page.total:
        return Listed(page, [], [], [])
    return Listed(
        page,
        await store.facets(question, REASON, len(Reason)),
        await store.facets(question, SERVICE, MOST_NAMED),
        await store.facets(question, FIELD, MOST_NAMED),
    )


async def find_quarantined(
    store: LogStore, id_: str, *, scope: Scope, deadline: Deadline
) -> Hit | None:
    """The quarantined line of an ID; None also where the asker may not see it."""
    hit = (await store.by_id([id_], deadline)).get(id_)
    return hit if hit is not None and is_seen(hit, scope) else None


def is_seen(hit: Hit, scope: Scope) -> bool:
    """Whether it is in quarantine, and the asker's business."""
    named = scope.namespaces
    return hit.collection is Collection.QUARANTINE and (
        named is None or hit.source.get(NAMESPACE) in named
    )


def content_of(source: Source) -> bytes | None:
    """
    The exact bytes that were refused, or None where what is kept of them can't be read.

    Nobody but a foreign agent writes what can't: the collector has checked only its shape.
    """
    raw, original = source.get(RAW), source.get(ORIGINAL)
    try:
        if raw:
            return b64decode(raw, validate=True)
        return original.encode() if isinstance(original, str) else None
    except (NotBase64Error, ValueError, TypeError):
        return None


def quarantined_as_json(hit: Hit) -> dict[str, Any]:
    """One line with why it is there, what to do about it, and the IDs that lead to it."""
    source = hit.source
    reason = str(source.get(REASON, ""))
    return {
        "line": line_as_json(hit),
        "reason": reason,
        "field": str(source.get(FIELD, "")),
        "detail": str(source.get(DETAIL, "")),
        "remedy": remedy(reason),
        "kept": "record" if reason in RECORDS else "line",
        "ids": ids_in(source),
    }


def ids_in(source: Source) -> dict[str, str]:
    """The IDs that were found in a line, by the names of their fields."""
    found = {name: source.get(name) for name in ID_FIELDS}
    return {name: str(value) for name, value in found.items() if is_id(value)}


def _counts(facets: list[Facet]) -> list[Mapping[str, Any]]:
    return [{"value": facet.value, "count": facet.count} for facet in facets]
