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


def _klog_severity(fields: Fields, others: list[Column]) -> None:
    """Here klog has no levels: errors have no verbosity, and from 4 on that is for debugging."""
    verbosity = find(others, "v")
    if verbosity is None:
        fields[SEVERITY] = [17] * len(fields["message"])
    else:
        fields[SEVERITY] = [_VERBOSITY.get(text, 1) for text in verbosity.texts]


_VERBOSITY = {"0": 9, "1": 9, "2": 9, "3": 9, "4": 5}
ZAP_LEVELS = {f"level(-{number})": 1 for number in range(2, 128)}
"""logr's verbosity, which zap has no names for beyond debug."""
_CRASH = {"panic": 21}

KLOG = JsonDialect(
    "klog",
    marks=(("ts:number", "caller", "msg"),),
    names={"message": ("msg",), "error_message": ("err",)},
    labels=frozenset({"stacktrace"}),
    refine=_klog_severity,
)
ZAP = JsonDialect(
    "zap",
    marks=(
        ("level:text", "ts", "msg"),
        ("level:text", "timestamp", "caller", "message"),
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
    levels=ZAP_LEVELS,
)
_OWN = {"timestamp": ("time",), "message": ("msg",)}
SLOG = JsonDialect("slog", marks=(("time:text", "level:text", "msg"),), ordered=True, names=_OWN)
LOGRUS = JsonDialect(
    "logrus", marks=(("level:text", "msg", "time:text"),), ordered=True, names=_OWN, levels=_CRASH
)
ZEROLOG = JsonDialect(
    "zerolog",
    marks=(("level:text", "time", "message"), ("time", "message")),
    ordered=True,
    names={"timestamp": ("time",), "message": ("message",)},
    levels=_CRASH,
    reshape=_with_stack,
)

DIALECTS = (ZAP, KLOG, SLOG, LOGRUS, ZEROLOG)
