"""
The last processor of structlog: an event becomes a canonical line.

It needs no structlog to be imported. `event`, `level`, `timestamp`, `logger` and what structlog's
processors make of exceptions become fields; everything else is added as `extra` is in logging.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from clew_logging.errors import STACK_TRACE, fields_of, find_error
from clew_logging.fields import sort
from clew_logging.formatter import begin_line, finish_line
from clew_logging.labels import Labels
from clew_logging.line import Line, encode
from clew_logging.origin import origin
from clew_logging.texts import name_of, text_of

_NAMES = {"logger": "log.logger", "timestamp": "@timestamp", "stack": "stack_info"}
"""What structlog's own processors call things."""
_INTERNAL = ("_record", "_from_structlog", "_logger", "_name")


class CanonicalRenderer:
    """
    As the last of `structlog.configure(processors=[...])`; like JSONRenderer it gives a str.

    `exc_info` needs no processor before it. What is not said here comes from OpenTelemetry's
    variables; see `clew_logging.origin`.
    """

    def __init__(
        self,
        *,
        service: str | None = None,
        version: str | None = None,
        environment: str | None = None,
    ) -> None:
        self._origin = origin(service, version, environment)

    def __call__(self, logger: Any, method_name: str, event_dict: MutableMapping[str, Any]) -> str:
        del logger
        try:
            return self._render(method_name, dict(event_dict))
        except Exception as problem:  # noqa: BLE001 - what is logged may do anything
            said = f"{text_of(event_dict.get('event'))} (not formatted: {name_of(problem)})"
            return encode(begin_line(self._origin, None, method_name.upper(), said))

    def _render(self, method_name: str, event: dict[str, Any]) -> str:
        labels = Labels()
        message, level = event.pop("event", ""), event.pop("level", method_name)
        error = find_error(event.pop("exc_info", None))
        stack_trace = event.pop("exception", None)
        added = {_NAMES.get(n, n): v for n, v in event.items() if n not in _INTERNAL}
        line = begin_line(self._origin, None, text_of(level).upper(), text_of(message))
        line.update(_error(error, stack_trace, labels))
        line.update(sort(added.items(), labels))
        return finish_line(line, labels)


def _error(error: BaseException | None, stack_trace: object, labels: Labels) -> Line:
    """From the exception itself, else from what a processor made of it."""
    if error is not None:
        return dict(fields_of(error))
    if isinstance(stack_trace, str):
        return {STACK_TRACE: text_of(stack_trace)}
    if stack_trace is not None:  # `dict_tracebacks` makes a list of dicts
        labels.add("exception", stack_trace)
    return {}
