"""
The keys that Datadog's tracers add, beside whatever logger.

Its IDs are decimal numbers of 64 bits, in newer tracers 32 hexadecimal digits: opaque here. A
`status` is a level.
"""

from __future__ import annotations

from clew.schema.dialects.dialect import JsonDialect

DATADOG = JsonDialect(
    "datadog",
    marks=(("dd.trace_id",), ("dd.service",), ("dd.span_id",)),
    names={
        "level": ("level", "levelname", "status"),
        "logger": ("logger", "name", "logger.name"),
        "error_type": ("error.kind",),
        "stack_trace": ("error.stack",),
    },
    levels={"critical": 21},
)

DIALECTS = (DATADOG,)
