"""
Which line tells of a failure, and in what words.

A failure is a level of ERROR or above, or an answer of 500 or above. A warning is none: half of
all services warn in every request.
"""

from __future__ import annotations

from clew.schema.fields import SEVERITY
from clew.schema.severity import ERROR
from clew.transaction.model import Source

REASON_CHARACTERS = 300
"""One line on a wide screen; the whole text stands in the line itself."""


def is_failure(source: Source) -> bool:
    severity, status = source.get(SEVERITY), source.get("http.response.status_code")
    return (severity or 0) >= ERROR or (status or 0) >= 500


def reason(source: Source) -> str:
    """What a failing line says: its exception if it has one, else its message; one line."""
    said = source.get("error.message") or source.get("message") or source.get("event.original")
    return _first_line(": ".join(part for part in (source.get("error.type"), said) if part))


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0].rstrip()[:REASON_CHARACTERS] if lines else ""
