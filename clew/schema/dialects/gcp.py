"""
What Google Cloud's logging agent reads from stdout.

https://cloud.google.com/logging/docs/structured-logging#special-payload-fields. Its libraries
write it, and log4j2's GcpLayout.json.
"""

from __future__ import annotations

from clew.schema.dialects.column import Column, agree, find, replace, with_clock
from clew.schema.dialects.dialect import Columns, Fields, JsonDialect
from clew.schema.dialects.stack_trace import find_stack_trace

_LABELS = "logging.googleapis.com/labels"
_TRACE = "_exception.stackTrace"
_CLOCKS = (("timestampSeconds", "timestampNanos"), ("timestamp.seconds", "timestamp.nanos"))


def _reshape(columns: Columns) -> Columns:
    """One time out of two numbers; before log4j2 2.25 every line had an empty trace."""
    trace = find(columns, _TRACE)
    if trace is not None and agree([text == "" for text in trace.texts]):
        columns = replace(columns, _TRACE)
    for second, nanosecond in _CLOCKS:
        columns = with_clock(columns, second, nanosecond, "time")
    return columns


def _without_trace(fields: Fields, _: list[Column]) -> None:
    """The trace stands behind the message too, or nowhere else."""
    messages = fields.get("message")
    if messages is None or not agree(["\n" in text for text in messages]):
        return
    found = list(map(find_stack_trace, messages))
    if agree([trace is not None and trace.begins > 0 for trace in found]):
        begins = [trace.begins for trace in found if trace is not None]
        pairs = list(zip(messages, begins, strict=True))
        fields["message"] = [text[:begin].rstrip() for text, begin in pairs]
        fields.setdefault("stack_trace", [text[begin:] for text, begin in pairs])


GCP = JsonDialect(
    "gcp",
    marks=(
        ("severity:text", "message"),
        ("severity:text", "logging.googleapis.com/trace"),
    ),
    names={
        "level": ("severity",),
        "logger": ("_logger", "logger", f"{_LABELS}.python_logger"),
        "thread": ("_thread", "thread"),
        "error_type": ("_exception.class",),
        "error_message": ("_exception.message",),
        "stack_trace": (_TRACE, "exception", "stack_trace"),
        "method": ("httpRequest.requestMethod",),
        "status": ("httpRequest.status",),
    },
    containers=(f"{_LABELS}.",),
    reshape=_reshape,
    refine=_without_trace,
)

DIALECTS = (GCP,)
