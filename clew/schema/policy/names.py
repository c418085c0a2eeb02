"""
The names that a policy may call: fields of a record, its labels, and the business transaction.

Whoever mistypes one is told which was meant.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.fields import TRANSACTION
from clew.schema.record import KEY_CHARACTERS, Record

LABEL = "labels."
_NUMBERS = frozenset({"event.duration", "http.response.status_code"})

ATTRIBUTES: dict[str, str] = {
    field.encode_name: field.name
    for field in msgspec.structs.fields(Record)
    if field.encode_name != "labels"
}
"""Field -> the attribute of a `Record` that holds it; without labels, which have names below."""
TEXTS = tuple(name for name in ATTRIBUTES if name not in _NUMBERS)
"""Fields whose values are texts."""
REQUIRABLE = (*ATTRIBUTES, TRANSACTION)
IDS = frozenset({"trace.id", "transaction.id", "span.id", "parent.id", TRANSACTION})
"""Fields in which a placeholder is no value."""

Value = str | int | UnsetType


class FieldOf(NamedTuple):
    """A field as a policy names it: an attribute of a record, or one of its labels."""

    name: str
    attribute: str
    label: str = ""

    def of(self, record: Record) -> Value:
        if not self.label:
            value: Value = getattr(record, self.attribute)
            return value
        return UNSET if record.labels is UNSET else record.labels.get(self.label, UNSET)

    @property
    def is_id(self) -> bool:
        return self.name in IDS


def field_of(name: str) -> FieldOf:
    """The field of a name that `check_field` takes; `clew.transaction` has no attribute."""
    if name.startswith(LABEL):
        return FieldOf(name, "labels", name.removeprefix(LABEL))
    return FieldOf(name, ATTRIBUTES.get(name, ""))


def check_field(name: str, known: Collection[str]) -> str:
    """The name, if it is one of those or a label's. Raises ValueError."""
    if name in known:
        return name
    if name.startswith(LABEL):
        if not 0 < len(name) - len(LABEL) <= KEY_CHARACTERS or "\0" in name:
            raise ValueError(f"behind `{LABEL}` a name of 1 to {KEY_CHARACTERS} characters is due")
        return name
    raise ValueError(f"no such field{did_you_mean(name, known)}")


def did_you_mean(name: str, known: Collection[str]) -> str:
    """`; did you mean trace.id?`, or nothing where nothing comes close."""
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""
