"""
Names of rotated files, as logrotate, log4j, Logback, Python and most others make them.

    app.log.1   app.log.2.gz   app.log-20230129[.gz]   app.log.2023-01-29[.0][.gz]

Only gzip is read. A file that something else compressed, or is still being written beside its plain
form, is no log.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

_ROTATED = re.compile(
    r"(?P<live>.+?)[.-](?:(?P<number>\d{1,5})|(?P<date>\d{8}|\d{4}-\d\d-\d\d)(?P<more>[\d._T:-]*))"
    r"(?P<gz>\.gz)?",
    re.ASCII,
)
_OTHERS = (".bz2", ".xz", ".zst", ".lz4", ".zip", ".tmp", ".swp", "~")

Order = tuple[int, tuple[int, ...]]
LIVE: Order = (2, ())
"""Behind all rotated files."""


class Rotated(NamedTuple):
    """The name of the live file, and where among its rotated ones this one stands."""

    live: str
    order: Order
    compressed: bool


def parse_rotated(name: str) -> Rotated | None:
    """What a name says of a rotated file; None where it is not the name of one."""
    match = _ROTATED.fullmatch(name)
    if match is None:
        return None
    compressed = match["gz"] is not None
    if match["number"] is not None:  # the highest number is the oldest file
        return Rotated(match["live"], (1, (-int(match["number"]),)), compressed)
    dates = tuple(map(int, re.findall(r"\d+", match["date"] + match["more"])))
    return Rotated(match["live"], (0, dates), compressed)


def is_log(name: str, names: Collection[str]) -> bool:
    """Whether a name among others in its folder is one to be read."""
    if name.endswith(_OTHERS):
        return False
    # gzip writes the .gz under its name, and removes the plain file when it is whole.
    return not name.endswith(".gz") or name.removesuffix(".gz") not in names
