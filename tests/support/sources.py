"""Sources of documents as a store holds them, with as little said as a test is about."""

from __future__ import annotations

from typing import Any

import orjson

from clew.schema.document import Collection, Document
from clew.schema.timestamps import format_rfc3339, parse_rfc3339

MILLISECOND = 1_000_000


def source(milliseconds: float, service: str | None = None, **fields: Any) -> dict[str, Any]:
    """
    A source at this time after 1970, said by this service from its one pod.

    Fields by their names with two underscores for a dot: `trace__id`; `error=True` and
    `calls="stock"` stand for what they say.
    """
    found: dict[str, Any] = {
        "@timestamp": format_rfc3339(int(milliseconds * MILLISECOND)),
        "kubernetes.namespace": "shop",
        "clew.severity": 17 if fields.pop("error", False) else 9,
    }
    if service is not None:
        found |= {"service.name": service, "kubernetes.pod.name": f"{service}-0"}
    if "calls" in fields:
        found["destination.service"] = fields.pop("calls")
    found |= {name.replace("__", "."): value for name, value in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def document(
    identifier: str, content: dict[str, Any], collection: Collection = Collection.LOGS
) -> Document:
    return Document(
        collection, identifier, parse_rfc3339(content["@timestamp"]), orjson.dumps(content)
    )
