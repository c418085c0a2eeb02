"""From an alert to the page that shows why: the transaction it is about, or the lines it counts."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from clew.rules.model import LogCondition
from clew.schema.fields import ID_FIELDS
from clew.schema.identifiers import is_id
from clew.transaction.links import search_path, transaction_path


def log_evidence(condition: LogCondition, values: Mapping[str, str], until: int) -> str:
    """
    The path of the page behind one result of a log rule.

    `values` are those of the fields it is grouped by. Where one of them is an ID, the page is that
    of the transaction; else it is the search for the lines that were counted.
    """
    for field in ID_FIELDS:
        if is_id(values.get(field)):
            return transaction_path(values[field])
    terms = [f"{field}:{_quoted(value)}" for field, value in values.items()]
    query = condition.query.strip()
    if terms and query:
        query = f"({query})"
    return search_path(" ".join([query, *terms]).strip(), until - condition.window, until)


def expression_evidence(alert: str) -> str:
    """The place on the page of alerts where the rule and its figures stand."""
    return f"/alerts#{quote(alert, safe='')}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
