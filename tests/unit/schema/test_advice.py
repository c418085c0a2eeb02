"""Advice for every dialect."""

from __future__ import annotations

import pytest

from clew.schema.advice import ADVICE, PAGES, Advice
from clew.schema.dialects.catalog import NAMES
from tests.support.components import ROOT

WIDEST = 98
"""With the two characters before it, no wider than the pages are."""


def test_every_dialect_has_an_entry():
    """But what is canonical, and what is refused, which is told by its reason."""
    assert ADVICE.keys() == set(NAMES) - {"canonical", "none"}


@pytest.mark.parametrize("advice", ADVICE.values(), ids=ADVICE)
def test_advice_is_short_and_names_pages_that_there_are(advice: Advice):
    lines = advice.text.splitlines()
    assert 3 <= len(lines) <= 8
    assert max(map(len, lines)) <= WIDEST
    assert advice.pages
    for page in advice.pages:
        assert (ROOT / "docs" / "logging" / f"{page}.md").is_file()


def test_every_page_is_advised_somewhere():
    pages = {page.stem for page in (ROOT / "docs" / "logging").glob("*.md")}
    assert pages - {"README"} == set(PAGES) - {"README"}
