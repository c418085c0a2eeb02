"""
Quarantined lines that a mapping would refuse all the same.

The quarantine takes every JSON object. Where one holds what even a lenient mapping refuses (labels
that are no object, a key called `_id`, nesting without end), that part is kept aside as JSON text
under one unmapped name, and put back when the document is read.
"""

from __future__ import annotations

from typing import Any

import orjson

from clew.schema.document import Document
from clew.schema.fields import FIELDS, FieldType
from clew.store.protocols import Source

_UNFIT = "clew.unfit"


def set_aside(document: Document) -> Document | None:
    """The same document in a form that fits; None if its source is no JSON object."""
    try:
        source = orjson.loads(document.source)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(source, dict):
        return None
    fitting = {name: value for name, value in source.items() if _fits(name, value)}
    unfit = {name: value for name, value in source.items() if name not in fitting}
    fitting[_UNFIT] = orjson.dumps(unfit).decode()
    return document._replace(source=orjson.dumps(fitting))


def put_back(source: Source) -> Source:
    """The source as it was written."""
    if _UNFIT in source:
        source |= orjson.loads(source.pop(_UNFIT))
    return source


def _fits(name: str, value: Any) -> bool:
    field = FIELDS.get(name)
    is_plain = isinstance(value, str | int | float)
    return is_plain and field is not None and field.type is not FieldType.LABELS
