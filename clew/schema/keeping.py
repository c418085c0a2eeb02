"""What is kept of a rejected line: its exact bytes, the reason, and the IDs that it has."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.business import find_business, find_trace
from clew.schema.dialects.catalog import NONE
from clew.schema.dialects.choosing import choose
from clew.schema.dialects.flattening import flatten
from clew.schema.dialects.sniffing import ANY
from clew.schema.dialects.text_ids import find_ids
from clew.schema.line import LINE_BYTES, NO_SERVICE, NO_TIMESTAMP, QUARANTINED, Line
from clew.schema.record import Record, encode
from clew.schema.rejection import Reason, Rejection

if TYPE_CHECKING:
    from clew.schema.policy.enforcer import Enforcer


TAIL_BYTES = 64 * 1024
"""How much of a longer line's end is looked through for IDs: loggers put them first or last."""


_REJECTED = QUARANTINED | NO_TIMESTAMP | NO_SERVICE


class Quarantined(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """
    What is kept of a rejected line. `raw` is base64, where `original` does not say it all.

    Of one that a policy refuses, which is a record all the same, who spoke stands in its fields.
    """

    original: str = msgspec.field(name="event.original")
    reason: Reason = msgspec.field(name="clew.reason")
    field: str = msgspec.field(name="clew.field", default="")
    detail: str = msgspec.field(name="clew.detail", default="")
    raw: str = msgspec.field(name="clew.raw", default="")
    timestamp: str | UnsetType = msgspec.field(name="@timestamp", default=UNSET)
    level: str | UnsetType = msgspec.field(name="log.level", default=UNSET)
    service: str | UnsetType = msgspec.field(name="service.name", default=UNSET)
    logger: str | UnsetType = msgspec.field(name="log.logger", default=UNSET)
    trace: str | UnsetType = msgspec.field(name="trace.id", default=UNSET)
    transaction: str | UnsetType = msgspec.field(name="transaction.id", default=UNSET)
    span: str | UnsetType = msgspec.field(name="span.id", default=UNSET)


SAID = ("timestamp", "level", "service", "logger", "trace", "transaction", "span")
"""What is kept of a record that a policy refuses, beside the line."""


def reject(
    content: bytes, rejection: Rejection, flags: int = 0, enforcer: Enforcer | None = None
) -> Line:
    """A line for the quarantine, with the IDs that can be found in it."""
    kept, found = keep(content, rejection)
    transaction, trace = find_business(found, enforcer), find_trace(found, enforcer)
    violations = (rejection.violation,)
    return Line(encode(kept), NONE, 0, flags | _REJECTED, transaction, trace, violations)


def keep(content: bytes, rejection: Rejection) -> tuple[Quarantined, Record]:
    """A line as it is kept, and the IDs that stand in its text."""
    # Written as JSON, a byte may become six: what is longer than any line is not kept twice.
    original = content[:LINE_BYTES].decode(errors="backslashreplace")
    found = Record()
    _take_ids(found, content)
    find_ids(found, original + _tail(content))
    exact = original.encode() == content
    kept = Quarantined(
        original=original,
        reason=rejection.reason,
        field=rejection.field[:1024],
        detail=rejection.detail[:1024],
        raw="" if exact else b64encode(content).decode(),
        trace=found.trace,
        transaction=found.transaction,
        span=found.span,
    )
    return kept, found


def _take_ids(found: Record, content: bytes) -> None:
    """The IDs of a line that is an object all the same, under whatever names they have there."""
    columns = None
    if len(content) <= LINE_BYTES:
        with suppress(UnicodeDecodeError):
            columns = flatten(content)
    if columns and not isinstance(columns, Rejection):
        try:
            fields, _ = choose(columns, ANY)
        except Exception:  # noqa: BLE001  (what is kept aside is kept without its IDs, then)
            return
        for name in ("trace", "span", "transaction"):
            if name in fields:
                setattr(found, name, fields[name][0])


def _tail(content: bytes) -> str:
    """The end of a line that is not kept as text to its end."""
    rest = content[LINE_BYTES:][-TAIL_BYTES:]
    return "\n" + rest.decode(errors="backslashreplace") if rest else ""
