"""
log4j2's JsonLayout, and its JsonTemplateLayout with the templates that come along.

EcsLayout.json is in the dialect `ecs`, GelfLayout.json in `gelf`, GcpLayout.json in `gcp`.
https://logging.apache.org/log4j/2.x/manual/json-template-layout.html
"""

from __future__ import annotations

from clew.schema.dialects.column import Column, with_clock
from clew.schema.dialects.dialect import Columns, JsonDialect
from clew.schema.dialects.frames import java_trace

_SECOND, _NANOSECOND = "instant.epochSecond", "instant.nanoOfSecond"


def _reshape(columns: Columns) -> Columns:
    columns = with_clock(columns, _SECOND, _NANOSECOND, "@timestamp")
    trace = java_trace(
        columns, "thrown.", type_="name", frames="extendedStackTrace", common="commonElementCount"
    )
    return columns if trace is None else [*columns, Column("stack_trace", trace, quoted=True)]


LOGSTASH_V1 = JsonDialect(
    "log4j2",
    marks=(("source_host", "logger_name", "@timestamp"),),
    labels=frozenset({"method"}),  # Java's, where the location is printed
    dropped=frozenset({"@version"}),
    containers=("mdc.",),
)
JSON_LAYOUT = JsonDialect(
    "log4j2",
    marks=((_SECOND, "loggerName"), ("timeMillis", "loggerName"), ("loggerFqcn", "loggerName")),
    containers=("contextMap.",),
    reshape=_reshape,
)

DIALECTS = (LOGSTASH_V1, JSON_LAYOUT)
