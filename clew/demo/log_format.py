"""
Log records of the standard library as canonical lines.

One line is one flat JSON object with the fields of the schema and no others, compact, each key
once: the agent passes it on byte by byte. Whatever else there is to say goes into `labels`.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import format_rfc3339

ECS_VERSION = "8.11.0"


def fields(ecs: Mapping[str, str | int] | None = None, /, **labels: str) -> dict[str, object]:
    """What `extra` of a logging call takes: fields under their dotted names, and labels."""
    named: dict[str, object] = dict(ecs or {})
    if labels:
        named["labels"] = labels
    return {"fields": named}


class CanonicalFormatter(logging.Formatter):
    """`context` gives the IDs that hold at the moment of speaking."""

    def __init__(
        self,
        service: str,
        context: Callable[[], Mapping[str, str]],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        super().__init__()
        self._service, self._context, self._clock = service, context, clock

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            # Not record.created: a float has no nanoseconds.
            "@timestamp": format_rfc3339(self._clock.now()),
            "log.level": record.levelname,
            "message": record.getMessage(),
            "ecs.version": ECS_VERSION,
            "service.name": self._service,
            "log.logger": record.name,
        }
        line.update(self._context())
        line.update(_error(record))
        line.update(getattr(record, "fields", {}))
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _error(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    named = {
        "error.type": type(error).__name__,
        "error.message": str(error),
        "error.stack_trace": "".join(traceback.format_exception(error)),
    }
    return {name: text for name, text in named.items() if text}
