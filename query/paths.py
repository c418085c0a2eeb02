"""
Which transaction or node a path asks for, and in which form.

`/transactions/<id>` is the page, `<id>.json` its twin, `<id>.ndjson` its lines. An ID that itself
ends in `.json` has the dot of that ending as `%2E`: so the raw path says what is meant, and no ID
is out of reach. For the same reason `..` has a raw comma behind it: else it would lead to another
page. A server decodes the path before it routes, which is why the raw one is read here.
"""

from __future__ import annotations

from urllib.parse import unquote

from clew.transaction.links import ENDINGS, NAME_END, TRANSACTIONS, Form


def requested(raw_path: bytes, below: str = TRANSACTIONS) -> tuple[str, Form]:
    """The ID or name and the form that a raw path below `below` asks for."""
    rest = raw_path.decode("latin-1").partition("?")[0].removeprefix(below)
    for ending in ENDINGS:
        if rest.endswith(ending):
            return unquote(rest.removesuffix(ending)), ending
    return unquote(rest.removesuffix(NAME_END)), Form.PAGE
