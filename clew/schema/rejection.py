"""
Why a line is kept aside.

A rejection is a value, not an exception: bad input is normal traffic. The reasons are a closed
list, since they become metric labels and a page of the documentation.
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
    NOT_CANONICAL = "not_canonical"  # claimed to be checked, but is not what the schema says
    REFUSED_BY_STORE = "refused_by_store"


class Rejection(NamedTuple):
    reason: Reason
    field: str = ""
    detail: str = ""
