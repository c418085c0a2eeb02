"""
Exceptions -> the fields of an error: its class, its text, and its trace with all its causes.

A traceback that can't be written, such as one of an exception that fails when it is printed, costs
the trace and not the line.
"""

from __future__ import annotations

import sys
import traceback

from clew_logging.texts import name_of, text_of

TYPE, MESSAGE, STACK_TRACE = "error.type", "error.message", "error.stack_trace"


def find_error(exc_info: object) -> BaseException | None:
    """The exception that `exc_info` stands for: itself, a triple, or the one being handled."""
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        exc_info = exc_info[1]
    elif exc_info and not isinstance(exc_info, BaseException):
        exc_info = sys.exc_info()[1]
    return exc_info if isinstance(exc_info, BaseException) else None


def fields_of(error: BaseException) -> dict[str, str]:
    """Those that have a text."""
    named = {
        TYPE: name_of(error)[:1024],
        MESSAGE: text_of(error),
        STACK_TRACE: _stack_trace(error),
    }
    return {name: text for name, text in named.items() if text}


def _stack_trace(error: BaseException) -> str:
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        return text_of("".join(lines))
    except Exception:  # noqa: BLE001 - what is printed here is anybody's
        return f"{name_of(error)}: {text_of(error)}"
