"""What to do about a line that was refused: a sentence for whoever owns the service."""

from __future__ import annotations

from clew.schema.explanations import EXPLANATIONS
from clew.schema.rejection import Reason

_UNKNOWN = "A newer clew refused it: ask that one what to do."


def remedy(reason: str) -> str:
    """The sentence for a reason as it stands in a document; one of a newer clew may be unknown."""
    try:
        return EXPLANATIONS[Reason(reason)].remedy
    except (ValueError, KeyError):
        return _UNKNOWN
