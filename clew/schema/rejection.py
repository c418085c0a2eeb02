"""
Why a line is kept aside, or what a policy finds wanting in it.

A rejection is a value, not an exception: bad input is normal traffic. The reasons are a closed
list, since they become metric labels and a page of the documentation (`explanations`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    BAD_FRAMING = "bad_framing"  # not a line that a container runtime writes
    INVALID_UTF8 = "invalid_utf8"
    INVALID_JSON = "invalid_json"  # begins like an object, but is none, or more than one
    INVALID_OTLP = "invalid_otlp"  # begins like OTLP's JSON, and holds no records that can be read
    TOO_DEEP = "too_deep"  # nested beyond what anybody reads
    TOO_LONG = "too_long"
    DUPLICATE_KEY = "duplicate_key"  # one of the two values would be lost
    MISSING_FIELD = "missing_field"
    NOT_AN_ID = "not_an_id"  # a placeholder where the policy requires an ID
    LEVEL_NOT_ALLOWED = "level_not_allowed"
    FIELD_TOO_LONG = "field_too_long"  # longer than the policy allows
    TOO_MANY_LABELS = "too_many_labels"
    UNREADABLE = "unreadable"  # a dialect failed over it, which is a bug of clew
    NOT_CANONICAL = "not_canonical"  # claimed to be checked, but is not what the schema says
    REFUSED_BY_STORE = "refused_by_store"


FIELD_CHARACTERS = 256
"""What a violation says of a field's name: as much as a label's may have."""


class Rejection(NamedTuple):
    reason: Reason
    field: str = ""
    detail: str = ""

    @property
    def violation(self) -> str:
        """As `clew.violations` has it: `missing_field:trace.id`, or the reason alone."""
        if not self.field:
            return self.reason.value
        return f"{self.reason.value}:{self.field[:FIELD_CHARACTERS]}"
