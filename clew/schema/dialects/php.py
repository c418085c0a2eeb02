"""
Monolog's JsonFormatter, which Laravel and Symfony write.

Its levels go up with their numbers, from 100 (debug) to 600 (emergency); log4j2's go down.
https://github.com/Seldaek/monolog
"""

from __future__ import annotations

from clew.schema.dialects.dialect import JsonDialect

MONOLOG = JsonDialect(
    "monolog",
    marks=(("level:number", "level_name", "channel"),),
    names={
        "timestamp": ("datetime",),
        "level": ("level_name",),
        "message": ("message",),
        "logger": ("channel",),
    },
    dropped=frozenset({"level"}),
    containers=("context.", "extra."),
)

DIALECTS = (MONOLOG,)
