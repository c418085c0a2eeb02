"""
Which dialect a JSON object is in.

Only names by which some dialect is recognised count, and lines with the same of them are in the
same dialect: so it is found out once for each such set, however many containers write it and
whatever else stands in their lines.
"""

from __future__ import annotations

from functools import lru_cache

from clew.schema.dialects import (
    datadog,
    dotnet,
    ecs,
    gateways,
    gcp,
    golang,
    java,
    log4j2,
    node,
    otel,
    php,
    python,
)
from clew.schema.dialects.dialect import Columns, JsonDialect, shape_marks

ANY = JsonDialect("json")
"""By the common names alone; in it is what is in no other."""

SNIFFED = 4096
"""So many sets of marks are remembered; a service writes in a handful of shapes."""

JSON_DIALECTS: tuple[JsonDialect, ...] = (
    *(
        dialect
        for family in (
            ecs,
            log4j2,
            java,
            php,
            otel,
            dotnet,
            node,
            golang,
            python,
            gateways,
            gcp,
            datadog,
        )
        for dialect in family.DIALECTS
    ),
    node.WINSTON,
    ANY,
)
"""In the order in which they are tried. What is one dialect to people may stand here twice."""

_MARKS = frozenset(mark for dialect in JSON_DIALECTS for marks in dialect.marks for mark in marks)


def sniff(columns: Columns, preferred: str = "") -> JsonDialect:
    """The dialect of lines of one shape; one of those with the preferred name, if there is one."""
    marks = tuple([mark for mark in shape_marks(columns) if mark in _MARKS])
    if not preferred:
        return sniff_marks(marks)
    named = [each for each in JSON_DIALECTS if each.name == preferred]
    return next((each for each in named if each.fits(marks)), named[0])


@lru_cache(maxsize=SNIFFED)
def sniff_marks(marks: tuple[str, ...]) -> JsonDialect:
    return next((each for each in JSON_DIALECTS if each.fits(marks)), ANY)
