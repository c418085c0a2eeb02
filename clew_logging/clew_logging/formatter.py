"""
Records of Python's logging as canonical lines.

It never raises and always gives one line, whatever is logged: a service must not fail, or fall
silent, because of what it says. Where arguments do not fit their message, the line has them both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from clew_logging.bounds import LABELS_FIELD, TEXT_CHARACTERS
from clew_logging.context import current_ids, get_request_id
from clew_logging.errors import STACK_TRACE, fields_of, find_error
from clew_logging.fields import sort
from clew_logging.labels import Labels
from clew_logging.line import Line, encode
from clew_logging.origin import origin
from clew_logging.texts import cut, name_of, text_of
from clew_logging.timestamps import format_timestamp

ECS_VERSION = "8.11.0"

# What logging itself puts on a record, and its other formatters.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class CanonicalFormatter(logging.Formatter):
    """
    What is not said here comes from OpenTelemetry's variables; see `clew_logging.origin`.

    `extra` of a logging call becomes fields and labels; see `clew_logging.fields`.
    """

    def __init__(
        self,
        *,
        service: str | None = None,
        version: str | None = None,
        environment: str | None = None,
    ) -> None:
        super().__init__()
        self._origin = origin(service, version, environment)

    def format(self, record: logging.LogRecord) -> str:
        try:
            return self._format(record)
        except Exception as problem:  # noqa: BLE001 - what is logged may do anything
            return encode(self._line(record, _unformatted(record, problem)))

    def _format(self, record: logging.LogRecord) -> str:
        labels = Labels()
        message = _message(record, labels)
        added = sort(_added(record), labels)
        line = self._line(record, message)
        error = find_error(record.exc_info)
        if error is not None:
            line.update(fields_of(error))
        elif record.exc_text:  # of a record that came through a queue or a socket
            line[STACK_TRACE] = text_of(record.exc_text)
        if record.stack_info:
            labels.add("stack_info", record.stack_info)
        line.update(added)
        return finish_line(line, labels)

    def _line(self, record: logging.LogRecord, message: str) -> Line:
        return begin_line(
            self._origin,
            getattr(record, "created", None),
            getattr(record, "levelname", ""),
            message,
        ) | _speaker(record)


def begin_line(origin: dict[str, str], created: object, level: object, message: str) -> Line:
    """What every line has, and the IDs of this moment."""
    line: Line = {
        "@timestamp": format_timestamp(created),
        "log.level": cut(text_of(level), TEXT_CHARACTERS),
        "message": message,
        "ecs.version": ECS_VERSION,
    }
    line.update(origin)
    line.update(current_ids())
    return line


def finish_line(line: Line, labels: Labels) -> str:
    request_id = get_request_id()
    if request_id is not None:
        labels.add_request_id(request_id)
    kept = labels.all()
    return encode({**line, LABELS_FIELD: kept} if kept else line)


def _speaker(record: logging.LogRecord) -> Line:
    speaker = {
        "log.logger": getattr(record, "name", None),
        "process.thread.name": getattr(record, "threadName", None),
    }
    return {n: cut(text_of(v), TEXT_CHARACTERS) for n, v in speaker.items() if v is not None}


def _message(record: logging.LogRecord, labels: Labels) -> str:
    try:
        return text_of(record.getMessage())
    except Exception as problem:  # noqa: BLE001 - arguments that do not fit, or that can't be printed
        labels.add("logging.problem", f"{name_of(problem)}: {text_of(problem)}")
        labels.add("logging.arguments", text_of(record.args))
        return text_of(record.msg)


def _added(record: logging.LogRecord) -> Iterator[tuple[object, object]]:
    # A copy: another thread may add to the record.
    return ((name, value) for name, value in list(vars(record).items()) if name not in _STANDARD)


def _unformatted(record: logging.LogRecord, problem: Exception) -> str:
    """The message of a line that has no more than that."""
    return f"{text_of(getattr(record, 'msg', ''))} (not formatted: {name_of(problem)})"
