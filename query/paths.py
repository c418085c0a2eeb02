"""
Where a transaction's page is, whatever characters its ID has.

`/transactions/<id>` is the page, `<id>.json` its twin, `<id>.ndjson` its lines. An ID that itself
ends in `.json` has the dot of that ending as `%2E`: so the raw path says what is meant, and no ID
is out of reach. A server decodes the path before it routes, which is why the raw one is read here.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote, unquote, urlencode

_TRANSACTIONS = "/transactions/"


class Form(StrEnum):
    """The forms a transaction is given in; each value is the ending of its path."""

    PAGE = ""
    JSON = ".json"
    NDJSON = ".ndjson"


_ENDINGS = (Form.JSON, Form.NDJSON)


def transaction_path(id: str, form: str = Form.PAGE) -> str:  # noqa: A002
    """The path of a form of a transaction, ready to stand in a link."""
    quoted = quote(id, safe="")
    for ending in _ENDINGS:
        if quoted.endswith(ending):
            quoted = f"{quoted.removesuffix(ending)}%2E{ending[1:]}"
    return f"{_TRANSACTIONS}{quoted}{form}"


def requested(raw_path: bytes) -> tuple[str, Form]:
    """The ID and the form that a raw path below `/transactions/` asks for."""
    rest = raw_path.decode("latin-1").partition("?")[0].removeprefix(_TRANSACTIONS)
    for ending in _ENDINGS:
        if rest.endswith(ending):
            return unquote(rest.removesuffix(ending)), ending
    return unquote(rest), Form.PAGE


def with_query(path: str, **parameters: object) -> str:
    """A path with those parameters that say something."""
    said = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(said)}" if said else path
