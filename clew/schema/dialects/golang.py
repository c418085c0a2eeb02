"""
zap, zerolog, slog, logrus and klog.

They name the same things nearly the same, so it is the order of keys that tells them apart: slog
begins with the time, logrus sorts its keys, zerolog ends with time and message.
"""

from __future__ import annotations

from clew.schema.dialects.column import Column, agree, find
from clew.schema.dialects.dialect import SEVERITY, Columns, Fields, JsonDialect
from clew.schema.dialects.frames import decode_objects

_STACK = "stack"


def _with_stack(columns: Columns) -> Columns:
    """Zerolog's frames as Go prints them."""
    stack = find(columns, _STACK)
    if stack is None or stack.quoted:
        return columns
    read = [
        "".join(
            f"{each.get('func', '')}\n\t{each.get('source', '')}:{each.get('line', '')}\n"
            for each in decode_objects(text)
        )
        for text in stack.texts
    ]
    if not agree([bool(text) for text in read]):
        return columns
    kept = [column for column in columns if column.name != _STACK]
    return [*kept, Column(_STACK, read, quoted=True)]


def _klog_severity(fields: Fields, _: Columns) -> None:
    """Klog has no levels here but that of an error."""
    if "level" not in fields and "error_message" in fields:
        fields[SEVERITY] = [17] * len(fields["error_message"])


_CRASH = {"panic": 21}

KLOG = JsonDialect(
    "klog",
    marks=(("ts:number", "caller", "msg", "v:number"), ("ts:number", "caller", "msg", "err")),
    names={"error_message": ("err",)},
    labels=frozenset({"stacktrace"}),
    unsaid=9,
    refine=_klog_severity,
)
ZAP = JsonDialect(
    "zap",
    marks=(
        ("level:text", "ts:number", "msg"),
        ("level:text", "ts", "caller", "msg"),
        ("L:text", "T", "M"),
    ),
    names={
        "timestamp": ("ts", "T"),
        "level": ("level", "L"),
        "message": ("msg", "M"),
        "logger": ("logger", "N"),
    },
    # The place of the call, on every error; the error's own is errorVerbose.
    labels=frozenset({"stacktrace", "S"}),
)
SLOG = JsonDialect("slog", marks=(("time:text", "level:text", "msg"),), ordered=True)
LOGRUS = JsonDialect(
    "logrus", marks=(("level:text", "msg", "time:text"),), ordered=True, levels=_CRASH
)
ZEROLOG = JsonDialect(
    "zerolog",
    marks=(("level:text", "time", "message"), ("time", "message")),
    ordered=True,
    levels=_CRASH,
    reshape=_with_stack,
)

DIALECTS = (ZAP, KLOG, SLOG, LOGRUS, ZEROLOG)
