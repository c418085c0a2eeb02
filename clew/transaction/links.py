"""
Paths of the pages that show a transaction, a node, a quarantined line, a service or a search,
whatever characters are in them.

They are the same in a page's links, in an alert's, and wherever else somebody is sent to a page.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote, urlencode

from clew.schema.timestamps import format_rfc3339

TRANSACTIONS = "/transactions/"
NODES = "/nodes/"
QUARANTINE = "/quarantine/"
CONFORMANCE = "/conformance/"


class Form(StrEnum):
    """The forms a page is given in; each value is the ending of its path."""

    PAGE = ""
    JSON = ".json"
    NDJSON = ".ndjson"


ENDINGS = (Form.JSON, Form.NDJSON)

NAME_END = ","
"""
Behind a name that alone would lead to another folder. No quoted name has a comma in it; to write
the dots as `%2E` would not do, since browsers take those for dots all the same (WHATWG URL, 4.1).
"""
_FOLDERS = {".", ".."}


def transaction_path(id: str, form: str = Form.PAGE) -> str:  # noqa: A002
    """The path of a form of a transaction, ready to stand in a link."""
    return f"{TRANSACTIONS}{_last_part(id, form)}"


def node_path(name: str, form: str = Form.PAGE) -> str:
    """The path of a form of a node's page."""
    return f"{NODES}{_last_part(name, form)}"


def quarantine_path(id: str, form: str = Form.PAGE) -> str:  # noqa: A002
    """The path of a form of a quarantined line's page."""
    return f"{QUARANTINE}{_last_part(id, form)}"


def service_path(name: str, form: str = Form.PAGE) -> str:
    """The path of a form of the page about how a service logs."""
    return f"{CONFORMANCE}{_last_part(name, form)}"


def _last_part(name: str, form: str) -> str:
    part = f"{_quoted(name)}{form}"
    return f"{part}{NAME_END}" if part in _FOLDERS else part


def _quoted(name: str) -> str:
    """A name that can't be taken for another one's form."""
    quoted = quote(name, safe="")
    for ending in ENDINGS:
        if quoted.endswith(ending):
            quoted = f"{quoted.removesuffix(ending)}%2E{ending[1:]}"
    return quoted


def search_path(query: str, since: int, until: int) -> str:
    """The path of a search within a time; `since` and `until` are Unix nanoseconds."""
    bounds = {"since": format_rfc3339(since), "until": format_rfc3339(until)}
    return with_query("/search", query=query, **bounds)


def with_query(path: str, **parameters: object) -> str:
    """A path with those parameters that say something."""
    said = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(said)}" if said else path
