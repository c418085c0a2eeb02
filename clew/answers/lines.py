"""A line that was found, as JSON: the same in the API and in what `clew search` prints."""

from __future__ import annotations

from typing import Any

from clew.schema.document import Collection
from clew.store.protocols import Hit


def line_as_json(hit: Hit) -> dict[str, Any]:
    """Its fields under their dotted names, with `id` and `quarantined` before them."""
    return {"id": hit.id, "quarantined": hit.collection is Collection.QUARANTINE, **hit.source}
