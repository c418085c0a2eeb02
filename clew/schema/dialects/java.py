"""
Logback's encoders and what Spring Boot writes in their formats.

- GELF: Spring Boot's `gelf`, where `host` is the application, and log4j2's GelfLayout.json, where
  it is the host. https://archivedocs.graylog.org/en/latest/pages/gelf.html
- logstash: logstash-logback-encoder and Spring Boot's `logstash`.
- logback-json: Logback's own JsonEncoder.
"""

from __future__ import annotations

from clew.schema.dialects.column import Column, agree, find, of_members, replace
from clew.schema.dialects.dialect import Columns, JsonDialect
from clew.schema.dialects.frames import decode_objects, java_trace

_GELF_NAMES = {
    "timestamp": ("timestamp",),
    "level": ("_level_name", "level"),
    "message": ("short_message",),
    "logger": ("_log_logger", "_logger"),
    "thread": ("_process_thread_name", "_thread"),
    "error_type": ("_error_type",),
    "error_message": ("_error_message",),
    "stack_trace": ("_error_stack_trace", "full_message"),
    "service_version": ("_service_version",),
    "environment": ("_service_environment",),
}
_PAIRS = "kvpList"
_SYSLOG = {"0": 21, "1": 19}
_GELF_DROPPED = frozenset({"version", "full_message"})

SPRING_GELF = JsonDialect(
    "gelf",
    marks=(("short_message", "host", "version", "_level_name"),),
    names=_GELF_NAMES | {"service": ("_service_name", "host")},
    dropped=_GELF_DROPPED | {"level"},
    containers=("_",),
    levels=_SYSLOG,
)
GELF = JsonDialect(
    "gelf",
    marks=(("short_message", "host", "version"),),
    names=_GELF_NAMES,
    dropped=_GELF_DROPPED,
    containers=("_",),
    levels=_SYSLOG,
)
LOGSTASH = JsonDialect(
    "logstash",
    marks=(
        ("@timestamp", "@version", "message"),
        ("@timestamp", "logger_name", "message"),
    ),
    names={"level": ("level", "level_value")},
    dropped=frozenset({"@version", "level_value"}),
    containers=("mdc.",),
)


def _with_pairs(columns: Columns) -> Columns:
    """Key-value pairs stand in an array of objects with one member each."""
    pairs = find(columns, _PAIRS)
    if pairs is None or pairs.quoted:
        return columns
    rows = [_members(text) for text in pairs.texts]
    if not agree([row is not None for row in rows]):
        return columns
    read = [row for row in rows if row is not None]
    return replace(columns, _PAIRS, *of_members(read, "mdc."))


def _members(pairs: str) -> dict[str, str] | None:
    """None where that would lose one: a key twice, or a value that is no text."""
    members = [item for each in decode_objects(pairs) for item in each.items()]
    found = {name: value for name, value in members if isinstance(value, str)}
    return found if len(found) == len(members) else None


def _with_throwable(columns: Columns) -> Columns:
    """Logback's own timestamp to the nanosecond, and the trace that stands in pieces."""
    seconds, nanoseconds = find(columns, "timestamp"), find(columns, "nanoseconds")
    if seconds is not None and nanoseconds is not None:
        times = [
            f"{time[:-3]}.{rest:0>9}"
            for time, rest in zip(seconds.texts, nanoseconds.texts, strict=True)
        ]
        columns = replace(columns, "timestamp", Column("timestamp", times, quoted=False))
        columns = replace(columns, "nanoseconds")
    columns = _with_pairs(columns)
    trace = java_trace(
        columns, "throwable.", type_="className", frames="stepArray", common="commonFramesCount"
    )
    return columns if trace is None else [*columns, Column("stack_trace", trace, quoted=True)]


LOGBACK = JsonDialect(
    "logback-json",
    marks=(("sequenceNumber", "threadName", "loggerName"),),
    names={
        "error_type": ("throwable.className",),
        "error_message": ("throwable.message",),
    },
    containers=("mdc.",),
    reshape=_with_throwable,
)

DIALECTS = (SPRING_GELF, GELF, LOGBACK, LOGSTASH)
