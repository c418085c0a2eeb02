"""
Python's logging in one call: every record a canonical line on standard output.

Servers that bring handlers of their own, as uvicorn does, lose them, so that their lines are
canonical too.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO

from clew_logging.formatter import CanonicalFormatter

_SERVERS = (
    *("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"),
    *("gunicorn", "gunicorn.error", "gunicorn.access"),
    *("hypercorn.error", "hypercorn.access", "waitress", "werkzeug", "django.server"),
)


def configure(
    *,
    service: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    level: int | str = logging.INFO,
    stream: TextIO | None = None,
) -> None:
    """
    Replace the handlers of the root logger by one, and let warnings be records too.

    `stream` is standard output if nothing is said, and written as UTF-8 whatever the locale: JSON
    is. Raises ValueError for a level that logging does not know.
    """
    logging.getLogger().setLevel(level)  # first: with a level that is none, all stays as it was
    output = logging.StreamHandler(_in_utf8(stream or sys.stdout))
    output.setFormatter(
        CanonicalFormatter(service=service, version=version, environment=environment)
    )
    logging.basicConfig(handlers=[output], force=True)
    logging.captureWarnings(True)
    for name in _SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True


def _in_utf8(stream: TextIO) -> TextIO:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream
