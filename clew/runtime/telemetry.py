"""
What a process says of itself: log lines in clew's own schema, on standard error.

A line is canonical, so clew's own logs are followed like everybody's. A failure that repeats is
said when its text changes, and then once per interval with a count.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

import orjson

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.runtime.errors import ClewError

# uvicorn puts its message beside the message, once more and in colours.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class EcsFormatter(logging.Formatter):
    """Log records as canonical lines; `extra` becomes labels."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "@timestamp": moment.replace("+00:00", "Z"),
            "log.level": record.levelname.lower(),
            "message": _text(record.getMessage()),
            "service.name": self._service,
            "log.logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            stack_trace = "".join(traceback.format_exception(*record.exc_info))
            line["error.type"] = record.exc_info[0].__name__
            line["error.message"] = _text(record.exc_info[1])
            line["error.stack_trace"] = _text(stack_trace)
        labels = {k: _text(v)[:1024] for k, v in vars(record).items() if k not in _STANDARD}
        if labels:
            line["labels"] = labels
        return orjson.dumps(line).decode()


def _text(value: object) -> str:
    """A value as text. A path that is not UTF-8 has surrogates in it, which JSON can't hold."""
    return str(value).encode(errors="backslashreplace").decode()


def configure_logging(service: str, level: str = "", stream: TextIO = sys.stderr) -> None:
    """
    Send all logs of this process to `stream`; the level is $CLEW_LOG_LEVEL, or info.

    Raises ClewError where that is no level.
    """
    output = logging.StreamHandler(stream)
    output.setFormatter(EcsFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [output]
    name = level or os.environ.get("CLEW_LOG_LEVEL", "info")
    try:
        root.setLevel(name.upper())
    except ValueError as error:
        raise ClewError(f"$CLEW_LOG_LEVEL: {name!r} is no level, such as info or debug") from error
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


MOST_REPEATED = 1000
"""Failures that are remembered; many end with a file or a pod, and nobody says so."""


class Repeated:
    """Says a failure when its text changes, then once per interval with how often it came."""

    def __init__(
        self, logger: logging.Logger, interval_seconds: float = 30.0, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._logger, self._interval, self._clock = logger, interval_seconds, clock
        self._said: dict[str, tuple[str, float, int]] = {}

    def warn(self, key: str, text: str) -> None:
        now = self._clock.monotonic()
        before, since, count = self._said.get(key, ("", 0.0, 0))
        if text == before and now - since < self._interval:
            self._said[key] = (before, since, count + 1)
            return
        again = f" (and {count} times before)" if count and text == before else ""
        self._logger.warning("%s%s", text, again)
        self._said.pop(key, None)
        self._said[key] = (text, now, 0)
        if len(self._said) > MOST_REPEATED:
            del self._said[next(iter(self._said))]  # the one that was said longest ago

    def clear(self, key: str, text: str) -> None:
        """The failure is over: say so once."""
        if self._said.pop(key, None):
            self._logger.info("%s", text)
