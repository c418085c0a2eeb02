from __future__ import annotations

import re
from pathlib import Path

import pytest

from clew.schema.fields import SEVERITY
from clew.search.conditions import ALIASES, LEVELS
from clew.search.nodes import Everything
from clew.search.parsing import SearchError, parse
from clew.search.times import parse_time

PAGE = (Path(__file__).parents[3] / "docs" / "search-language.md").read_text()
UP_TO_REFUSED, FROM_REFUSED = re.split("(?=## What is refused)", PAGE)
TIMES = PAGE.partition("## Times")[2]


def rows(heading: str, text: str) -> list[tuple[str, str]]:
    """The rows of the tables that begin with this heading: two cells each."""
    tables = re.findall(rf"\| {heading} \|.*?\n\n", text, re.DOTALL)
    lines = [line for table in tables for line in table.strip().splitlines()[2:]]
    return [(line.split("|")[1].strip(), line.split("|")[2].strip()) for line in lines]


@pytest.mark.parametrize(("query", "finds"), rows("query", UP_TO_REFUSED))
def test_example(query: str, finds: str):
    """Every example of the page is read, and but for one asks for something."""
    assert (parse(query.strip("`")) == Everything()) == finds.startswith("all lines")


@pytest.mark.parametrize(("query", "why"), rows("query", FROM_REFUSED))
def test_refused_example(query: str, why: str):
    """What the page says is refused is refused with these words."""
    with pytest.raises(SearchError) as caught:
        parse(query.strip("`"))
    assert caught.value.message.startswith(why)


def test_short_names():
    """The page has every short name, and the fields that it stands for."""
    told = {
        name: tuple(re.findall(r"`(.+?)`", fields))
        for names, fields in rows("short", PAGE)
        for name in re.findall(r"`(.+?)`", names)
    }
    assert told == ALIASES
    assert ALIASES["level"] == (SEVERITY,)


def test_levels_and_times():
    """The page names the levels, and the times it shows are times."""
    assert all(f"`{level}`" in PAGE for level in LEVELS if level != "warning")
    times = [each for each in re.findall(r"`(.+?)`", TIMES) if not each.startswith("--")]
    assert len(times) == 10
    assert all(parse_time(time, now=2**62) >= 0 for time in times)
