"""The two errors of PromQL: one of the text, one of the data it meets."""

from __future__ import annotations


class ExpressionError(ValueError):
    """
    An expression that is no PromQL, or that this version can't evaluate; told to its author.

    `position` is the character at fault, from 0, where it is known. Everything that we do not
    support is told so, before anything is evaluated.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        self.message, self.position = message, position
        where = "" if position is None else f"At character {position + 1}: "
        super().__init__(f"{where}{message}.")


class EvaluationError(ValueError):
    """
    The series that are there make the expression ambiguous: two of the same labels, say.

    The same expression may have a value at another time. Prometheus refuses these as well.
    """
