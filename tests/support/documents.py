"""Small documents for tests: each is a line of a container, at an offset of its file."""

from __future__ import annotations

from typing import Any

import orjson

from clew.schema.document import Collection, Document, document_id, generation
from clew.schema.fields import GENERATION, NAMESPACE, OFFSET, SERVICE, TIMESTAMP
from clew.schema.timestamps import format_rfc3339, parse_rfc3339

NOON = parse_rfc3339("2023-01-29T12:00:00Z")
"""When the lines of these tests were written, unless they say otherwise."""

CART = "shop_cart-7d9f_0c1/cart/0"
STOCK = "shop_stock-5b6c_9a2/stock/0"


def document(
    offset: int,
    fields: dict[str, Any] | None = None,
    *,
    time: int = NOON,
    runtime_time: int | None = None,
    container: str = CART,
    collection: Collection = Collection.LOGS,
) -> Document:
    """
    The line at an offset of a container's file.

    `time` is its @timestamp, `runtime_time` what the runtime wrote beside it (None: the same).
    `fields` go over the ones that every line has; None takes a field away.
    """
    file = generation(container, b"first line")
    source = {
        TIMESTAMP: format_rfc3339(time),
        GENERATION: file,
        OFFSET: offset,
        NAMESPACE: "shop",
        SERVICE: "cart",
        "message": f"line {offset}",
    } | (fields or {})
    return Document(
        collection=collection,
        id=document_id(file, offset),
        time=time if runtime_time is None else runtime_time,
        source=orjson.dumps({name: value for name, value in source.items() if value is not None}),
    )


def decoded(document: Document) -> dict[str, Any]:
    """A document's source as a store gives it back."""
    source: dict[str, Any] = orjson.loads(document.source)
    return source


def place(document: Document) -> tuple[int, str, int]:
    """Where a document stands in the order of a search."""
    source = decoded(document)
    return parse_rfc3339(source[TIMESTAMP]), source[GENERATION], source[OFFSET]
