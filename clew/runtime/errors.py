"""
The few errors that decide something. Everything else is a builtin.

A library's exceptions are translated into these at one place per edge.
"""

from __future__ import annotations


class ClewError(Exception):
    """A failure with a sentence for the person in front of the screen, and no traceback."""


class Problem:
    """One mistake in a configuration: where it stands, what is wrong, what was found there."""

    def __init__(self, path: str, message: str, value: object = None) -> None:
        self.path, self.message, self.value = path, message, value

    def __str__(self) -> str:
        found = "" if self.value is None else f" (found {self.value!r})"
        text = f"{self.path}: {self.message}{found}" if self.path else f"{self.message}{found}"
        # It may be about a name that is not UTF-8, and has to be said all the same.
        return text.encode(errors="backslashreplace").decode()


class ConfigError(ClewError):
    """All mistakes of a configuration at once. At start: exit 2. On reload: the old one stays."""

    def __init__(self, problems: list[Problem], file: str = "") -> None:
        self.problems, self.file = problems, file
        count = f"{len(problems)} mistake{'s' if len(problems) != 1 else ''}"
        head = f"{file}: {count}" if file else f"{count} in the configuration"
        super().__init__("\n".join([head + ":", *(f"  {problem}" for problem in problems)]))


class CorruptionError(ClewError):
    """What was written is not what was read."""

    def __init__(self, path: str, offset: int, detail: str) -> None:
        self.path, self.offset = path, offset
        super().__init__(f"{path}: corrupt at byte {offset}: {detail}")


class DeliveryError(ClewError):
    """Something was not delivered."""


class TransientError(DeliveryError):
    """It may go through later; `retry_after` (seconds) where the other side said when."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(DeliveryError):
    """It will never go through as it is."""


def first_error(group: BaseExceptionGroup[ClewError]) -> ClewError:
    """One of the errors that tasks ended with, however their groups are nested."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ClewError)
    return error
