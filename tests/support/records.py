"""Lines, and what the schema makes of them."""

from __future__ import annotations

from typing import Any

from clew.schema.dialects.catalog import NONE
from clew.schema.interpreting import interpret
from clew.schema.line import DIALECTS
from tests.support.strict_json import load_strictly


def record_of(line: str, dialect: int | None = None) -> dict[str, Any]:
    """What is sent of a line, which has to be taken for one of this dialect, if one is named."""
    outcome = interpret(line.encode())
    if dialect is None:
        assert outcome.dialect != NONE, outcome
    else:
        assert DIALECTS[outcome.dialect] == DIALECTS[dialect], outcome
    found: dict[str, Any] = load_strictly(outcome.json)
    return found
