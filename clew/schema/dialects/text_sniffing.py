"""
Which dialect a text is in: one look at how it begins.

No line begins in the way of two dialects (a test looks at that), so what it is depends on nothing
but the line.
"""

from __future__ import annotations

import re

from clew.schema.dialects import access_text, console_text, go_text, java_text, python_text
from clew.schema.dialects.text_dialect import TIME, TextDialect

TEXT_DIALECTS: tuple[TextDialect, ...] = (
    *java_text.DIALECTS,
    *python_text.DIALECTS,
    *go_text.DIALECTS,
    *access_text.DIALECTS,
    *console_text.DIALECTS,
)


_DATED = [dialect for dialect in TEXT_DIALECTS if dialect.lead.startswith(TIME)]
_OTHERS = [dialect for dialect in TEXT_DIALECTS if not dialect.lead.startswith(TIME)]
_ORDER = [*_DATED, *_OTHERS]


def _pattern() -> re.Pattern[str]:
    """A group for each dialect; the time that many begin with is read once."""
    dated = "|".join(f"({dialect.lead.removeprefix(TIME)})" for dialect in _DATED)
    others = "|".join(f"({dialect.lead})" for dialect in _OTHERS)
    return re.compile(rf"(?>{TIME})(?:{dated})|{others}", re.ASCII)


begins_known = _pattern().match
"""Says of a line whether it begins in any known way."""


def sniff_text(line: str) -> TextDialect | None:
    """The dialect that a line begins like; None where it is like no other."""
    found = begins_known(line)
    return None if found is None else _ORDER[(found.lastindex or 1) - 1]
