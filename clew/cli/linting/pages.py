"""
The pages of docs/logging, and the short advice above them, for `clew lint --how`.

The wheel has the pages; a checkout has them where they are written.
"""

from __future__ import annotations

from pathlib import Path

import clew
from clew.schema.advice import ADVICE, PAGES

TOPICS = tuple(sorted({*ADVICE, *PAGES}))
"""What can be asked for: a dialect, or a page."""

_PACKAGE = Path(clew.__file__).parent
_PLACES = (_PACKAGE / "pages" / "logging", _PACKAGE.parent / "docs" / "logging")


def how(topic: str) -> str:
    """The advice for a dialect, and the whole page; of a page by its name, the page."""
    advice = ADVICE.get(topic)
    if topic in PAGES:
        return read_page(topic)
    assert advice is not None
    pages = "\n".join(f"clew lint --how {page}" for page in advice.pages)
    if len(advice.pages) == 1:
        return f"{advice.logger}\n\n{advice.text}\n\n\n{read_page(advice.pages[0])}"
    return f"{advice.logger}\n\n{advice.text}\n\n{pages}\n"


def read_page(name: str) -> str:
    """Raises FileNotFoundError, which no installation gives a reason for."""
    for place in _PLACES:
        page = place / f"{name}.md"
        if page.is_file():
            return page.read_text(encoding="utf-8")
    raise FileNotFoundError(name)
