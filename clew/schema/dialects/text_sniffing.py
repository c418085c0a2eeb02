"""
Which dialect a text is in: one look at how it begins.

No line begins in the way of two dialects (a test looks at that), so what it is depends on nothing
but the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clew.schema.dialects import access_text, console_text, go_text, java_text, python_text
from clew.schema.dialects.text_dialect import TextDialect

TEXT_DIALECTS: tuple[TextDialect, ...] = (
    *java_text.DIALECTS,
    *python_text.DIALECTS,
    *go_text.DIALECTS,
    *access_text.DIALECTS,
    *console_text.DIALECTS,
)


def _alternatives(dialects: Sequence[TextDialect]) -> re.Pattern[str]:
    return re.compile("|".join(f"({dialect.lead})" for dialect in dialects), re.ASCII)


_match = _alternatives(TEXT_DIALECTS).match


def sniff_text(line: str) -> TextDialect | None:
    """The dialect that a line begins like; None where it is like no other."""
    found = _match(line)
    return None if found is None else TEXT_DIALECTS[(found.lastindex or 1) - 1]
