"""
structlog, python-json-logger and loguru.

- structlog: the message is `event`; an exception is a text, or a list of objects.
- python-json-logger: names as the standard library has them; the time has no zone by default.
- loguru: everything in `record`, and the trace in the formatted `text` alone.
"""

from __future__ import annotations

from typing import Any

from clew.schema.dialects.column import Column, agree, find
from clew.schema.dialects.dialect import Columns, JsonDialect
from clew.schema.dialects.frames import decode_objects
from clew.schema.dialects.stack_trace import find_stack_trace

_LEVELS = {"5": 1, "10": 5, "20": 9, "25": 12, "30": 13, "40": 17, "50": 21, "critical": 21}
_EXCEPTION = "exception"
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_WHILE = "\nDuring handling of the above exception, another exception occurred:\n\n"


def _structured(columns: Columns) -> Columns:
    """Structlog's `dict_tracebacks`, as Python prints them. Its local variables stay labels."""
    column = find(columns, _EXCEPTION)
    if column is None or column.quoted:
        return columns
    chains = list(map(decode_objects, column.texts))
    if not agree([bool(chain) and "exc_type" in chain[0] for chain in chains]):
        return columns
    return [
        *columns,
        Column("error.type", [_text(chain[0], "exc_type") for chain in chains], quoted=True),
        Column("error.message", [_text(chain[0], "exc_value") for chain in chains], quoted=True),
        Column("error.stack_trace", list(map(_traceback, chains)), quoted=True),
    ]


def _traceback(chain: list[dict[str, Any]]) -> str:
    """The objects begin with what was raised last; Python prints that last."""
    parts = []
    for each in reversed(chain):
        frames = each.get("frames")
        steps = frames if isinstance(frames, list) else []
        lines = [_frame(step) for step in steps if isinstance(step, dict)]
        said = f"{_text(each, 'exc_type')}: {_text(each, 'exc_value')}".removesuffix(": ")
        parts.append(f"Traceback (most recent call last):\n{''.join(lines)}{said}\n")
        if each is not chain[0]:
            parts.append(_CAUSED if each.get("is_cause") else _WHILE)
    return "".join(parts)


def _frame(frame: dict[str, Any]) -> str:
    place = f'File "{_text(frame, "filename")}", line {frame.get("lineno")}'
    return f"  {place}, in {_text(frame, 'name')}\n"


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _with_trace(columns: Columns) -> Columns:
    """loguru: the trace is what stands behind the first line of the text."""
    text, thrown = find(columns, "text"), find(columns, "record.exception.type")
    if text is None or thrown is None or not text.quoted:
        return columns
    found = [find_stack_trace(each) for each in text.texts]
    if not agree([trace is not None for trace in found]):
        return columns
    traces = [
        each[trace.begins :].rstrip()
        for each, trace in zip(text.texts, found, strict=True)
        if trace
    ]
    return [*columns, Column("error.stack_trace", traces, quoted=True)]


STRUCTLOG = JsonDialect(
    "structlog",
    marks=(("event:text", "level"), ("event:text", "timestamp"), ("event:text", "logger")),
    names={"message": ("event",), "stack_trace": ("error.stack_trace", "exception")},
    levels=_LEVELS,
    reshape=_structured,
)
JSON_LOGGER = JsonDialect(
    "python-json",
    marks=(
        ("levelname", "message"),
        ("asctime", "message"),
        ("otelTraceID", "message"),
        ("message", "exc_info"),
        ("message", "taskName"),
        ("levelno:number", "message"),
    ),
    names={"level": ("levelname", "levelno"), "logger": ("name",)},
    levels=_LEVELS,
)
LOGURU = JsonDialect(
    "loguru",
    marks=(("record.level.name", "record.message"),),
    names={
        "timestamp": ("record.time.timestamp",),
        "level": ("record.level.name",),
        "message": ("record.message",),
        "logger": ("record.name",),
        "thread": ("record.thread.name",),
        "error_type": ("record.exception.type",),
        "error_message": ("record.exception.value",),
        "service": ("record.extra.service",),
    },
    dropped=frozenset(
        {"text", "record.level.icon", "record.level.no", "record.time.repr"}
        | {"record.elapsed.repr", "record.elapsed.seconds"}
    ),
    containers=("record.extra.",),
    levels=_LEVELS,
    reshape=_with_trace,
)

DIALECTS = (LOGURU, JSON_LOGGER, STRUCTLOG)
