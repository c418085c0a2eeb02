"""
The record and the policy as JSON Schema (draft 2020-12), for editors and other people's tests.

What JSON Schema can't say is not in it: that a key stands once, that a day is in the calendar, that
a rule's schema is there. `clew lint` and `clew policy check` look at all of it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from clew.schema.fields import FIELDS
from clew.schema.record import ID_LABELS, KEY_CHARACTERS, SCHEMA_VERSION, Record

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TIMESTAMP = (
    r"^(19[7-9]\d|2[01]\d\d|22[0-5]\d|226[01])-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-7]):[0-5]\d)$"
)
_REQUIRED = ("log.level", "message")

JsonSchema = dict[str, Any]


def record_schema() -> JsonSchema:
    """What a line has to be to go on as it is."""
    own = msgspec.json.schema(Record)["$defs"]["Record"]
    properties = {
        name: {**stated, "description": FIELDS[name].meaning}
        for name, stated in own["properties"].items()
    }
    properties["@timestamp"] |= {"format": "date-time", "pattern": _TIMESTAMP}
    properties["labels"]["propertyNames"] = {
        "minLength": 1,
        "maxLength": KEY_CHARACTERS,
        "pattern": r"^[^\u0000]*$",
        "not": {"enum": sorted(ID_LABELS)},  # they have fields of their own
    }
    for stated in properties.values():
        stated.pop("default", None)  # msgspec's word for what may be left out
    return {
        "$schema": _DRAFT,
        "title": f"A canonical line of a log, schema {SCHEMA_VERSION}",
        "type": "object",
        "properties": properties,
        "required": list(_REQUIRED),
        "additionalProperties": False,
    }


def policy_schema() -> JsonSchema:
    """What a policy file may say, as pydantic knows it."""
    from clew.schema.policy.model import PolicyFile  # slow to import, and not for everybody

    return {"$schema": _DRAFT, **PolicyFile.model_json_schema(by_alias=True), "title": "A policy"}
